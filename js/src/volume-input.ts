// Pointer, wheel and keyboard on the slices, turned into what the person means.

import { abs, max, min, round } from "./arithmetic";
import { listen } from "./dom";
import type { PlaneName } from "./volume-planes";
import type { Tool } from "./volume-state";

export interface VolumeActions {
  readonly tool: () => Tool;
  /** Positions are CSS pixels from the panel's first corner. */
  hover(plane: PlaneName, x: number, y: number): void;
  leave(): void;
  lookAt(plane: PlaneName, x: number, y: number): void;
  paintStart(plane: PlaneName, x: number, y: number): void;
  paintMove(plane: PlaneName, x: number, y: number): void;
  paintEnd(): void;
  windowBy(dx: number, dy: number): void;
  panBy(plane: PlaneName, dx: number, dy: number): void;
  choose(plane: PlaneName): void;
  scroll(plane: PlaneName, slices: number): void;
  toEnd(plane: PlaneName, last: boolean): void;
  step(plane: PlaneName, right: number, down: number): void;
  zoomAt(plane: PlaneName, factor: number, x: number, y: number): void;
  zoom(factor: number): void;
  fit(): void;
  setTool(tool: Tool): void;
  changeSize(factor: number): void;
  swapBrush(): void;
  dab(plane: PlaneName): void;
  undo(): void;
  redo(): void;
  clear(): void;
  jump(): void;
  play(): void;
}

type Drag = "look" | "window" | "pan" | "paint";

/** What a press begins: the right button or Shift windows, the middle one or Ctrl moves. */
function dragOf(e: PointerEvent, tool: Tool): Drag | null {
  if (e.button === 2 || (e.button === 0 && e.shiftKey)) return "window";
  if (e.button === 1 || (e.button === 0 && (e.ctrlKey || e.metaKey))) return "pan";
  if (e.button !== 0) return null;
  if (tool === "crosshair") return "look";
  return tool === "window" ? "window" : "paint";
}

export function connectPanel(
  canvas: HTMLCanvasElement,
  plane: PlaneName,
  grid: HTMLElement,
  act: VolumeActions,
): void {
  let held: { id: number; x: number; y: number; drag: Drag } | null = null;
  const where = (e: MouseEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [e.clientX - box.left, e.clientY - box.top];
  };

  listen(canvas, "pointerdown", (e) => {
    const drag = dragOf(e, act.tool());
    if (held || !drag) return;
    const [x, y] = where(e);
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(e.pointerId);
    held = { id: e.pointerId, x, y, drag };
    act.choose(plane);
    if (drag === "look") act.lookAt(plane, x, y);
    else if (drag === "paint") act.paintStart(plane, x, y);
    e.preventDefault();
  });

  listen(canvas, "pointermove", (e) => {
    const [x, y] = where(e);
    if (held?.id === e.pointerId) {
      const [dx, dy] = [x - held.x, y - held.y];
      held.x = x;
      held.y = y;
      if (held.drag === "look") act.lookAt(plane, x, y);
      else if (held.drag === "window") act.windowBy(dx, dy);
      else if (held.drag === "pan") act.panBy(plane, dx, dy);
      else {
        // The browser joins moves into one event a frame; the brush wants all of them.
        const all = e.getCoalescedEvents?.() ?? [];
        for (const part of all.length ? all : [e]) act.paintMove(plane, ...where(part));
      }
    }
    act.hover(plane, x, y);
  });

  const release = (e: PointerEvent) => {
    if (held?.id !== e.pointerId) return;
    const { drag } = held;
    held = null;
    if (drag === "paint") act.paintEnd();
  };
  listen(canvas, "pointerup", release);
  listen(canvas, "pointercancel", release);
  listen(canvas, "lostpointercapture", release);
  listen(canvas, "pointerleave", () => act.leave());
  listen(canvas, "contextmenu", (e) => {
    e.preventDefault();
    e.stopPropagation();
  });

  let rest = 0;
  listen(
    canvas,
    "wheel",
    (e) => {
      const zooms = e.ctrlKey || e.metaKey;
      // Without a click first, the wheel belongs to the page: nobody wants to be trapped.
      if (!zooms && !grid.contains(document.activeElement)) return;
      e.preventDefault();
      const way = (e.deltaY || e.deltaX) * (e.deltaMode === 1 ? 16 : 1);
      if (zooms) return act.zoomAt(plane, Math.exp(-max(-200, min(200, way)) / 400), ...where(e));
      const slices = slicesOf(way, rest);
      rest = slices.rest;
      if (slices.whole) act.scroll(plane, -slices.whole);
    },
    { passive: false },
  );
}

/** Slices for a wheel's movement: one for a notch of a mouse; a touchpad's small ones add up. */
export function slicesOf(way: number, rest: number): { whole: number; rest: number } {
  if (abs(way) >= 50) return { whole: Math.sign(way) * max(1, round(abs(way) / 120)), rest: 0 };
  const all = rest + way;
  const whole = Math.trunc(all / 24) || 0;
  return { whole, rest: all - whole * 24 };
}

/** Keys work on the whole widget, so that undo also answers right after a toolbar click. */
export function connectKeys(box: HTMLElement, planeOf: (target: EventTarget | null) => PlaneName | null, act: VolumeActions): void {
  listen(box, "keydown", (e) => {
    if (e.altKey) return;
    const plane = planeOf(e.target);
    const meta = e.ctrlKey || e.metaKey;
    if (meta ? command(e, act) : plane && plain(e, plane, act)) {
      e.preventDefault();
      e.stopPropagation();
    }
  });
}

function command(e: KeyboardEvent, act: VolumeActions): boolean {
  const key = e.key.toLowerCase();
  if (key === "z" && !e.shiftKey) act.undo();
  else if (key === "y" || key === "z") act.redo();
  else return false;
  return true;
}

function plain(e: KeyboardEvent, plane: PlaneName, act: VolumeActions): boolean {
  const many = e.shiftKey ? 10 : 1;
  const keys: Record<string, () => void> = {
    ArrowLeft: () => act.step(plane, -many, 0),
    ArrowRight: () => act.step(plane, many, 0),
    ArrowUp: () => act.step(plane, 0, -many),
    ArrowDown: () => act.step(plane, 0, many),
    PageUp: () => act.scroll(plane, many),
    PageDown: () => act.scroll(plane, -many),
    ".": () => act.scroll(plane, 1),
    ",": () => act.scroll(plane, -1),
    Home: () => act.toEnd(plane, false),
    End: () => act.toEnd(plane, true),
    " ": () => act.dab(plane),
    Enter: () => act.dab(plane),
    "+": () => act.zoom(1.25),
    "=": () => act.zoom(1.25),
    "-": () => act.zoom(1 / 1.25),
    _: () => act.zoom(1 / 1.25),
    "0": () => act.fit(),
    "[": () => act.changeSize(1 / 1.25),
    "]": () => act.changeSize(1.25),
    c: () => act.setTool("crosshair"),
    w: () => act.setTool("window"),
    b: () => act.setTool("brush"),
    e: () => act.setTool("eraser"),
    s: () => act.swapBrush(),
    m: () => act.jump(),
    p: () => act.play(),
    Delete: () => act.clear(),
  };
  const run = keys[e.key] ?? keys[e.key.toLowerCase()];
  run?.();
  return run !== undefined;
}
