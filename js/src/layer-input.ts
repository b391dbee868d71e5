// Pointer and keyboard on the picture, turned into what the person means.

import { max, min } from "./arithmetic";
import { listen } from "./dom";
import type { Tool } from "./layer-toolbar";

export interface InputActions {
  readonly tool: () => Tool;
  /** All positions are CSS pixels from the canvas' first corner. */
  hover(x: number, y: number): void;
  leave(): void;
  paintStart(x: number, y: number): void;
  paintMove(x: number, y: number): void;
  paintEnd(): void;
  pan(dx: number, dy: number): void;
  zoomAt(factor: number, x: number, y: number): void;
  zoom(factor: number): void;
  fit(): void;
  setTool(tool: Tool): void;
  changeSize(factor: number): void;
  undo(): void;
  redo(): void;
  clear(): void;
  moveCrosshair(dx: number, dy: number): void;
  dab(): void;
}

export function connectPointer(canvas: HTMLCanvasElement, act: InputActions): void {
  let held: { id: number; x: number; y: number; painting: boolean } | null = null;
  const where = (e: MouseEvent): [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [e.clientX - box.left, e.clientY - box.top];
  };

  listen(canvas, "pointerdown", (e) => {
    if (held || e.button !== 0) return;
    const [x, y] = where(e);
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(e.pointerId);
    held = { id: e.pointerId, x, y, painting: act.tool() !== "inspect" };
    if (held.painting) act.paintStart(x, y);
    else act.hover(x, y);
    e.preventDefault();
  });

  listen(canvas, "pointermove", (e) => {
    const [x, y] = where(e);
    if (held && held.id === e.pointerId) {
      if (held.painting) {
        // The browser joins moves into one event a frame; the brush wants all of them.
        const all = e.getCoalescedEvents?.() ?? [];
        for (const part of all.length ? all : [e]) act.paintMove(...where(part));
      } else {
        act.pan(x - held.x, y - held.y);
        held.x = x;
        held.y = y;
      }
    }
    act.hover(x, y);
  });

  const release = (e: PointerEvent) => {
    if (!held || held.id !== e.pointerId) return;
    const painting = held.painting;
    held = null;
    if (painting) act.paintEnd();
  };
  listen(canvas, "pointerup", release);
  listen(canvas, "pointercancel", release);
  listen(canvas, "lostpointercapture", release);
  listen(canvas, "pointerleave", () => act.leave());

  listen(
    canvas,
    "wheel",
    (e) => {
      // Without a click first, the wheel belongs to the page: nobody wants to be trapped.
      if (!e.ctrlKey && !e.metaKey && document.activeElement !== canvas) return;
      e.preventDefault();
      const lines = e.deltaMode === 1 ? 16 : 1;
      act.zoomAt(Math.exp(-max(-200, min(200, e.deltaY * lines)) / 400), ...where(e));
    },
    { passive: false },
  );
}

/** Keys work on the whole widget, so that undo also answers right after a toolbar click. */
export function connectKeys(box: HTMLElement, canvas: HTMLCanvasElement, act: InputActions): void {
  listen(box, "keydown", (e) => {
    if (e.altKey) return;
    const meta = e.ctrlKey || e.metaKey;
    if (meta ? command(e, act) : e.target === canvas && plain(e, act)) {
      e.preventDefault();
      e.stopPropagation();
    }
  });
}

function command(e: KeyboardEvent, act: InputActions): boolean {
  const key = e.key.toLowerCase();
  if (key === "z" && !e.shiftKey) act.undo();
  else if (key === "y" || key === "z") act.redo();
  else return false;
  return true;
}

function plain(e: KeyboardEvent, act: InputActions): boolean {
  const step = e.shiftKey ? 10 : 1;
  const keys: Record<string, () => void> = {
    ArrowLeft: () => act.moveCrosshair(-step, 0),
    ArrowRight: () => act.moveCrosshair(step, 0),
    ArrowUp: () => act.moveCrosshair(0, -step),
    ArrowDown: () => act.moveCrosshair(0, step),
    " ": () => act.dab(),
    Enter: () => act.dab(),
    "+": () => act.zoom(1.25),
    "=": () => act.zoom(1.25),
    "-": () => act.zoom(1 / 1.25),
    _: () => act.zoom(1 / 1.25),
    "0": () => act.fit(),
    "[": () => act.changeSize(1 / 1.25),
    "]": () => act.changeSize(1.25),
    b: () => act.setTool("brush"),
    e: () => act.setTool("eraser"),
    i: () => act.setTool("inspect"),
    Delete: () => act.clear(),
  };
  const run = keys[e.key] ?? keys[e.key.toLowerCase()];
  run?.();
  return run !== undefined;
}
