// Pointer and keyboard on the drawing, turned into what the person means.

import { listen } from "./dom";

import { abs, max, min } from "./arithmetic";

export type SignalTool = "inspect" | "pan" | "brush" | "eraser";
export const SIGNAL_TOOLS: readonly SignalTool[] = ["inspect", "pan", "brush", "eraser"];

export interface SignalActions {
  tool(): SignalTool;
  /** All positions are CSS pixels from the canvas' first corner. */
  hover(x: number): void;
  leave(): void;
  /** A stretch is being chosen from here to there; `done` when the button is let go. */
  choose(from: number, to: number, done: boolean): void;
  dropChoice(): void;
  pan(dx: number): void;
  zoomAt(factor: number, x: number): void;
  zoom(factor: number): void;
  fit(): void;
  setTool(tool: SignalTool): void;
  toggle(trait: "reverse" | "fit_values" | "behind" | "lanes"): void;
  undo(): void;
  redo(): void;
  clear(): void;
  /** Move the keyboard's cursor by places on the screen, or by a share of what is seen. */
  moveCursor(places: number): void;
  pageCursor(share: number): void;
  /** Begin a stretch at the cursor, or end it. */
  mark(): void;
}

/** Shorter drags are clicks. */
const LEAST_DRAG = 4;

export function connectSignalPointer(canvas: HTMLCanvasElement, act: SignalActions): void {
  let held: { id: number; from: number; x: number; panning: boolean; moved: boolean } | null = null;
  const at = (e: MouseEvent) => e.clientX - canvas.getBoundingClientRect().left;

  listen(canvas, "pointerdown", (e) => {
    if (held || (e.button !== 0 && e.button !== 1)) return;
    const x = at(e);
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(e.pointerId);
    const panning = act.tool() === "pan" || e.shiftKey || e.button === 1;
    held = { id: e.pointerId, from: x, x, panning, moved: false };
    if (!panning && act.tool() !== "inspect") act.choose(x, x, false);
    act.hover(x);
    e.preventDefault();
  });
  listen(canvas, "pointermove", (e) => {
    const x = at(e);
    if (held && held.id === e.pointerId) {
      held.moved ||= abs(x - held.from) >= LEAST_DRAG;
      if (held.panning) act.pan(x - held.x);
      else if (held.moved || act.tool() !== "inspect") act.choose(held.from, x, false);
      held.x = x;
    }
    act.hover(x);
  });
  listen(canvas, "pointerup", (e) => {
    if (!held || held.id !== e.pointerId) return;
    const { from, panning, moved } = held;
    held = null;
    if (panning) return;
    if (moved || act.tool() !== "inspect") act.choose(from, at(e), true);
    else act.dropChoice();
  });
  const drop = (e: PointerEvent) => {
    if (!held || held.id !== e.pointerId) return;
    held = null;
    act.dropChoice();
  };
  listen(canvas, "pointercancel", drop);
  listen(canvas, "lostpointercapture", drop);
  listen(canvas, "pointerleave", () => act.leave());
  listen(canvas, "dblclick", () => (act.tool() === "inspect" || act.tool() === "pan") && act.fit());
  listen(
    canvas,
    "wheel",
    (e) => {
      // Without a click first, the wheel belongs to the page: nobody wants to be trapped.
      if (!e.ctrlKey && !e.metaKey && document.activeElement !== canvas) return;
      e.preventDefault();
      const lines = e.deltaMode === 1 ? 16 : 1;
      const sideways = e.shiftKey && !e.deltaX ? e.deltaY : e.deltaX;
      if (abs(sideways) > abs(e.deltaY) || e.shiftKey) act.pan(-sideways * lines);
      else act.zoomAt(Math.exp(-max(-200, min(200, e.deltaY * lines)) / 400), at(e));
    },
    { passive: false },
  );
}

/** Keys work on the whole widget, so that undo also answers right after a toolbar click. */
export function connectSignalKeys(box: HTMLElement, canvas: HTMLElement, act: SignalActions): void {
  listen(box, "keydown", (e) => {
    if (e.altKey) return;
    const meta = e.ctrlKey || e.metaKey;
    if (meta ? undoKey(e, act) : e.target === canvas && plainKey(e, act)) {
      e.preventDefault();
      e.stopPropagation();
    }
  });
}

export function undoKey(e: KeyboardEvent, act: Pick<SignalActions, "undo" | "redo">): boolean {
  const key = e.key.toLowerCase();
  if (key === "z" && !e.shiftKey) act.undo();
  else if (key === "y" || key === "z") act.redo();
  else return false;
  return true;
}

function plainKey(e: KeyboardEvent, act: SignalActions): boolean {
  const step = e.shiftKey ? 10 : 1;
  const keys: Record<string, () => void> = {
    ArrowLeft: () => act.moveCursor(-step),
    ArrowRight: () => act.moveCursor(step),
    PageUp: () => act.pageCursor(-0.5),
    PageDown: () => act.pageCursor(0.5),
    Home: () => act.pageCursor(-Infinity),
    End: () => act.pageCursor(Infinity),
    " ": () => act.mark(),
    Enter: () => act.mark(),
    Escape: () => act.dropChoice(),
    "+": () => act.zoom(1.5),
    "=": () => act.zoom(1.5),
    "-": () => act.zoom(1 / 1.5),
    _: () => act.zoom(1 / 1.5),
    "0": () => act.fit(),
    i: () => act.setTool("inspect"),
    h: () => act.setTool("pan"),
    b: () => act.setTool("brush"),
    e: () => act.setTool("eraser"),
    r: () => act.toggle("reverse"),
    y: () => act.toggle("fit_values"),
    m: () => act.toggle("behind"),
    l: () => act.toggle("lanes"),
    Delete: () => act.clear(),
  };
  const run = keys[e.key] ?? keys[e.key.toLowerCase()];
  run?.();
  return run !== undefined;
}
