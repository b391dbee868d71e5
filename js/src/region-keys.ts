// Keys of the region editor. Space acts when it is let go, because held it pans with the mouse.

import { listen } from "./dom";
import type { Op, Tool } from "./region-tools";
import type { Holding } from "./region-pointer";

export interface KeyActions {
  setTool(tool: Tool): void;
  setOp(op: Op): void;
  /** Move the crosshair, or pan while the pan tool is chosen. */
  move(dx: number, dy: number): void;
  /** Begin at the crosshair, set the next corner, or finish: what the tool's step is. */
  step(): void;
  /** Finish what is begun; with nothing begun, the whole of a step at once. */
  finish(): void;
  /** False if there was nothing to cancel, to take back. */
  cancel(): boolean;
  takeBack(): boolean;
  remove(): void;
  duplicate(): void;
  nextShape(by: 1 | -1): void;
  undo(): void;
  redo(): void;
  clear(): void;
  invert(): void;
  changeSize(factor: number): void;
  zoom(factor: number): void;
  fit(): void;
  panel(name: "threshold" | "refine"): void;
  nextRegion(by: 1 | -1): void;
}

export function connectKeys(
  box: HTMLElement,
  canvas: HTMLCanvasElement,
  act: KeyActions,
  holding: Holding,
): void {
  listen(box, "keydown", (e) => {
    if (e.altKey || isText(e.target)) return;
    const meta = e.ctrlKey || e.metaKey;
    // Undo answers on the whole widget, so also right after a click in the toolbar.
    const taken = meta
      ? command(e, act)
      : e.target === canvas
        ? plain(e, act, holding)
        : e.key === "Escape" && act.cancel();
    if (taken) {
      e.preventDefault();
      e.stopPropagation();
    }
  });
  listen(canvas, "keyup", (e) => {
    if (e.key !== " " || !holding.space) return;
    holding.space = false;
    e.preventDefault();
    if (!holding.spent) act.step();
  });
  listen(canvas, "blur", () => {
    holding.space = false;
  });
}

function isText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement && ["text", "number", "search"].includes(target.type)
  );
}

function command(e: KeyboardEvent, act: KeyActions): boolean {
  const key = e.key.toLowerCase();
  if (key === "z" && !e.shiftKey) act.undo();
  else if (key === "y" || key === "z") act.redo();
  else return false;
  return true;
}

function plain(e: KeyboardEvent, act: KeyActions, holding: Holding): boolean {
  const step = e.shiftKey ? 10 : 1;
  if (e.key === " ") {
    if (!e.repeat) {
      holding.space = true;
      holding.spent = false;
    }
    return true;
  }
  const keys: Record<string, () => unknown> = {
    ArrowLeft: () => act.move(-step, 0),
    ArrowRight: () => act.move(step, 0),
    ArrowUp: () => act.move(0, -step),
    ArrowDown: () => act.move(0, step),
    Enter: () => act.finish(),
    Escape: () => act.cancel(),
    Backspace: () => act.takeBack() || act.remove(),
    Delete: () => (e.shiftKey ? act.clear() : act.remove()),
    "+": () => act.zoom(1.25),
    "=": () => act.zoom(1.25),
    "-": () => act.zoom(1 / 1.25),
    _: () => act.zoom(1 / 1.25),
    "0": () => act.fit(),
    "[": () => act.changeSize(1 / 1.25),
    "]": () => act.changeSize(1.25),
    ",": () => act.nextShape(-1),
    ".": () => act.nextShape(1),
    pageup: () => act.nextRegion(-1),
    pagedown: () => act.nextRegion(1),
    v: () => act.setTool("select"),
    h: () => act.setTool("pan"),
    b: () => act.setTool("brush"),
    e: () => act.setTool("eraser"),
    r: () => act.setTool("box"),
    o: () => act.setTool("ellipse"),
    l: () => act.setTool("lasso"),
    p: () => act.setTool("polygon"),
    f: () => act.setTool("flood"),
    a: () => act.setOp("add"),
    s: () => act.setOp("subtract"),
    x: () => act.setOp("intersect"),
    i: () => act.invert(),
    d: () => act.duplicate(),
    t: () => act.panel("threshold"),
    g: () => act.panel("refine"),
  };
  const run = keys[e.key] ?? keys[e.key.toLowerCase()];
  if (!run) return false;
  // Escape with nothing to cancel stays the page's: it leads out of the picture.
  return e.key === "Escape" ? run() === true : (run(), true);
}
