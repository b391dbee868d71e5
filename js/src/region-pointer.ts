// Mouse, pen and fingers on the picture, turned into drawing, panning and pinching.

import { listen } from "./dom";

import { max, min } from "./arithmetic";

export interface PointerActions {
  /** Whether the plain button pans, and whether the page may scroll instead. */
  readonly pans: () => boolean;
  /** Positions are CSS pixels from the canvas' first corner. */
  hover(x: number, y: number): void;
  leave(): void;
  press(x: number, y: number, how: Press): void;
  drag(points: readonly (readonly [number, number])[], how: Press): void;
  release(): void;
  /** What was begun does not count: a second finger came, or the system took the pointer. */
  abandon(): void;
  doublePress(): void;
  pan(dx: number, dy: number): void;
  zoomAt(factor: number, x: number, y: number): void;
}

export interface Press {
  /** Shift is held: squares and circles. */
  readonly even: boolean;
  /** The other end of a pen: erases whatever the tool. */
  readonly rubber: boolean;
  /** A finger, which covers what it touches. */
  readonly touch: boolean;
}

/** Shared with the keys: the space bar, held while dragging, pans. */
export interface Holding {
  space: boolean;
  /** The space bar has served a drag; letting it go must not draw. */
  spent: boolean;
}

const PEN_RUBBER = 32;
const MIDDLE = 1;

type Point = [number, number];

export function connectPointer(
  canvas: HTMLCanvasElement,
  act: PointerActions,
  holding: Holding,
): void {
  const down = new Map<number, Point>();
  let mode: "draw" | "pan" | "pinch" | null = null;
  let rubber = false;
  const where = (e: MouseEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return [e.clientX - box.left, e.clientY - box.top];
  };
  const how = (e: PointerEvent): Press => ({
    even: e.shiftKey,
    rubber,
    touch: e.pointerType === "touch",
  });

  listen(canvas, "pointerdown", (e) => {
    const at = where(e);
    const second = e.pointerType === "touch" && down.size === 1;
    if (down.size > 0 && !second) return;
    const button = e.button;
    if (button !== 0 && button !== MIDDLE && button !== 5) return;
    canvas.focus({ preventScroll: true });
    try {
      canvas.setPointerCapture(e.pointerId);
    } catch {
      // A pointer that is already gone cannot be captured, and need not be.
    }
    down.set(e.pointerId, at);
    e.preventDefault();
    if (second) {
      if (mode === "draw") act.abandon();
      mode = "pinch";
      return;
    }
    rubber = button === 5 || (e.buttons & PEN_RUBBER) !== 0;
    if (button === MIDDLE || holding.space || act.pans()) {
      mode = "pan";
      if (holding.space) holding.spent = true;
      canvas.dataset.panning = "true";
    } else {
      mode = "draw";
      act.press(...at, how(e));
    }
  });

  listen(canvas, "pointermove", (e) => {
    const at = where(e);
    const before = down.get(e.pointerId);
    if (!before) {
      if (down.size === 0) act.hover(...at);
      return;
    }
    if (mode === "pinch") pinch(e.pointerId, at);
    else if (mode === "pan") act.pan(at[0] - before[0], at[1] - before[1]);
    else if (mode === "draw") {
      // The browser joins moves into one event a frame; the brush wants all of them.
      const all = e.getCoalescedEvents?.() ?? [];
      act.drag((all.length ? all : [e]).map(where), how(e));
    }
    down.set(e.pointerId, at);
  });

  const pinch = (id: number, at: Point) => {
    const before = down.get(id)!;
    const other = [...down].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const spread = (p: Point) => max(8, Math.hypot(p[0] - other[0], p[1] - other[1]));
    act.pan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
    act.zoomAt(spread(at) / spread(before), (at[0] + other[0]) / 2, (at[1] + other[1]) / 2);
  };

  const end = (e: PointerEvent, finished: boolean) => {
    if (!down.delete(e.pointerId)) return;
    // The finger that stays after a pinch does not begin to draw.
    if (mode === "pinch" && down.size > 0) return;
    const was = mode;
    mode = null;
    delete canvas.dataset.panning;
    if (was === "draw") (finished ? act.release : act.abandon)();
  };
  listen(canvas, "pointerup", (e) => end(e, true));
  listen(canvas, "pointercancel", (e) => end(e, false));
  listen(canvas, "lostpointercapture", (e) => end(e, true));
  listen(canvas, "pointerleave", () => down.size === 0 && act.leave());
  listen(canvas, "dblclick", (e) => {
    e.preventDefault();
    act.doublePress();
  });
  // A middle click would otherwise start the browser's own scrolling, or paste.
  listen(canvas, "mousedown", (e) => e.button === MIDDLE && e.preventDefault());
  listen(canvas, "auxclick", (e) => e.button === MIDDLE && e.preventDefault());

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
