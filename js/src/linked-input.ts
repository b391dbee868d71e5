// Pointer, wheel, two fingers and keys on a view, turned into what the person means.

import { max, min } from "./arithmetic";
import { listen } from "./dom";
import type { Tool } from "./linked-state";

export interface LinkedActions {
  readonly tool: () => Tool;
  /** All positions are CSS pixels from the first corner of the canvas that is given. */
  hover(canvas: HTMLCanvasElement, x: number, y: number): void;
  leave(): void;
  /** A press that did not become a drag. */
  tap(canvas: HTMLCanvasElement, x: number, y: number): void;
  select(canvas: HTMLCanvasElement, from: readonly [number, number], to: readonly [number, number], done: boolean): void;
  pan(canvas: HTMLCanvasElement, dx: number, dy: number): void;
  zoomAt(canvas: HTMLCanvasElement, factor: number, x: number, y: number): void;
  zoom(factor: number): void;
  fit(): void;
  moveCursor(dx: number, dy: number): void;
  /** Fix one corner of a selection at the cursor, then the other. */
  corner(): void;
  cancel(): void;
  setTool(tool: Tool): void;
}

const DRAG_FROM = 3;

interface Held {
  readonly start: readonly [number, number];
  last: readonly [number, number];
  dragging: boolean;
  readonly tool: Tool;
}

export function connectPointer(canvas: HTMLCanvasElement, act: LinkedActions): void {
  const fingers = new Map<number, readonly [number, number]>();
  let held: Held | null = null;
  const where = (e: MouseEvent): readonly [number, number] => {
    const box = canvas.getBoundingClientRect();
    return [e.clientX - box.left, e.clientY - box.top];
  };
  const spread = () => {
    const [a, b] = [...fingers.values()] as [readonly [number, number], readonly [number, number]];
    return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, gap: Math.hypot(a[0] - b[0], a[1] - b[1]) || 1 };
  };

  listen(canvas, "pointerdown", (e) => {
    if (fingers.size >= 2 || (e.button !== 0 && e.button !== 1)) return;
    const at = where(e);
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(e.pointerId);
    fingers.set(e.pointerId, at);
    // A second finger turns what the first has begun into moving and zooming.
    if (fingers.size === 2) {
      if (held?.dragging && held.tool === "select") act.cancel();
      held = null;
    } else {
      const tool = e.button === 1 ? "move" : e.shiftKey ? "select" : act.tool();
      held = { start: at, last: at, dragging: false, tool };
    }
    act.hover(canvas, ...at);
    e.preventDefault();
  });

  listen(canvas, "pointermove", (e) => {
    const at = where(e);
    if (fingers.size === 2 && fingers.has(e.pointerId)) {
      const before = spread();
      fingers.set(e.pointerId, at);
      const after = spread();
      act.pan(canvas, after.x - before.x, after.y - before.y);
      act.zoomAt(canvas, after.gap / before.gap, after.x, after.y);
      return;
    }
    if (held && fingers.has(e.pointerId)) {
      const far = Math.hypot(at[0] - held.start[0], at[1] - held.start[1]) >= DRAG_FROM;
      held.dragging ||= far;
      if (held.dragging && held.tool === "select") act.select(canvas, held.start, at, false);
      else if (held.dragging) act.pan(canvas, at[0] - held.last[0], at[1] - held.last[1]);
      held.last = held.dragging ? at : held.last;
    }
    act.hover(canvas, ...at);
  });

  const release = (e: PointerEvent) => {
    if (!fingers.delete(e.pointerId) || !held) return;
    const { start, last, dragging, tool } = held;
    held = null;
    const selecting = dragging && tool === "select";
    if (e.type === "pointercancel") {
      if (selecting) act.cancel();
    } else if (!dragging) act.tap(canvas, ...start);
    else if (selecting) act.select(canvas, start, last, true);
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
      act.zoomAt(canvas, Math.exp(-max(-200, min(200, e.deltaY * lines)) / 400), ...where(e));
    },
    { passive: false },
  );
}

export function connectKeys(canvas: HTMLCanvasElement, act: LinkedActions): void {
  listen(canvas, "keydown", (e) => {
    if (e.altKey || e.ctrlKey || e.metaKey || !plain(e, act)) return;
    e.preventDefault();
    e.stopPropagation();
  });
}

function plain(e: KeyboardEvent, act: LinkedActions): boolean {
  const step = e.shiftKey ? 10 : 1;
  const keys: Record<string, () => void> = {
    ArrowLeft: () => act.moveCursor(-step, 0),
    ArrowRight: () => act.moveCursor(step, 0),
    ArrowUp: () => act.moveCursor(0, -step),
    ArrowDown: () => act.moveCursor(0, step),
    " ": () => act.corner(),
    Enter: () => act.corner(),
    Escape: () => act.cancel(),
    "+": () => act.zoom(1.25),
    "=": () => act.zoom(1.25),
    "-": () => act.zoom(1 / 1.25),
    _: () => act.zoom(1 / 1.25),
    "0": () => act.fit(),
    s: () => act.setTool("select"),
    m: () => act.setTool("move"),
  };
  const run = keys[e.key] ?? keys[e.key.toLowerCase()];
  run?.();
  return run !== undefined;
}
