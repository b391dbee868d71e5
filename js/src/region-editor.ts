// What drawing means: pointer and crosshair become shapes of the active region. No DOM.

import { floor, max, min, round } from "./arithmetic";
import { percent } from "./format";
import { Draft } from "./region-draft";
import { flood } from "./region-fill";
import { pixelsShape } from "./region-rle";
import { isDrawn, moved, UNIT, type Drawn, type Op } from "./region-shapes";
import type { Press } from "./region-pointer";
import type { RegionStore } from "./region-store";
import type { DrawingTool, Tool } from "./region-tools";

/** How near (in CSS pixels) counts as the same corner, or as the first one. */
const NEAR_CORNER = 4;
const NEAR_FIRST = 10;
const NEAR_FIRST_TOUCH = 22;
/** Where a copy goes: this many pixels to the right and down. */
const COPY_STEP = 8;

export interface EditorHost {
  readonly tool: () => Tool;
  readonly op: () => Op;
  readonly size: () => number;
  readonly tolerance: () => number;
  /** From CSS pixels of the canvas to picture pixels. */
  readonly toPicture: (x: number, y: number) => [number, number];
  /** CSS pixels a picture pixel. */
  readonly scale: () => number;
  say(words: string): void;
  redraw(): void;
  /** Bring a pixel into view. */
  reveal(x: number, y: number): void;
}

interface Moving {
  readonly index: number;
  readonly shape: Drawn;
  readonly from: readonly [number, number];
  dx: number;
  dy: number;
  readonly keys: boolean;
}

export class RegionEditor {
  draft: Draft | null = null;
  moving: Moving | null = null;
  /** Index of the selected shape of the active region, or -1. */
  selected = -1;
  hovered: [number, number] | null = null;
  crosshair: [number, number] | null = null;
  #previewDue = false;

  readonly #store: RegionStore;
  readonly #host: EditorHost;

  constructor(
    store: RegionStore,
    host: EditorHost,
  ) {
    this.#store = store;
    this.#host = host;
  }

  /** Once a frame: show what the brush has painted, and the shape where it is being moved to. */
  refreshPreview(): void {
    if (!this.#previewDue) return;
    this.#previewDue = false;
    const store = this.#store;
    const { draft, moving } = this;
    const paints = draft?.settings.tool === "brush" || draft?.settings.tool === "eraser";
    try {
      if (draft && paints) store.edits.preview(draft.shape());
      else if (moving) store.edits.preview(moved(moving.shape, moving.dx, moving.dy), moving.index);
      else store.edits.preview(null);
    } catch (problem) {
      this.abandon();
      store.say(problem instanceof Error ? problem.message : String(problem));
    }
  }

  /** After undo, another region, news of the kernel: what is selected may be gone. */
  check(): void {
    const { shapes } = this.#store.edits.region();
    if (this.selected >= shapes.length) this.selected = -1;
    if (this.moving && shapes[this.moving.index] !== this.moving.shape) this.moving = null;
  }

  press(x: number, y: number, how: Press): void {
    if (!this.#store.picture) return;
    this.crosshair = null;
    const at = this.#unit(x, y);
    this.hovered = this.#host.toPicture(x, y);
    const tool = how.rubber ? "eraser" : this.#host.tool();
    if (tool === "select") this.#grab(at, false);
    else if (tool === "flood") this.#flood(floor(at[0] / UNIT), floor(at[1] / UNIT));
    else if (tool === "polygon" && this.draft?.settings.tool === "polygon") {
      const k = UNIT / this.#host.scale();
      if (this.draft.closes(...at, (how.touch ? NEAR_FIRST_TOUCH : NEAR_FIRST) * k)) this.#complete();
      else this.draft.corner(...at, NEAR_CORNER * k);
    } else if (tool !== "pan") this.#begin(tool, at, false);
    this.#host.redraw();
  }

  drag(points: readonly (readonly [number, number])[], even: boolean): void {
    for (const [x, y] of points) this.#goTo(this.#unit(x, y), even);
    const last = points[points.length - 1];
    if (last) this.hovered = this.#host.toPicture(...last);
    this.#host.redraw();
  }

  release(): void {
    if (this.moving && !this.moving.keys) this.#drop();
    else if (this.draft && this.draft.settings.tool !== "polygon") this.#complete();
  }

  hover(x: number, y: number): void {
    this.hovered = this.#host.toPicture(x, y);
    this.crosshair = null;
    if (this.draft?.settings.tool === "polygon") this.draft.extend(...this.#unit(x, y));
    this.#host.redraw();
  }

  /** Move the crosshair by whole pixels; what is begun follows it. */
  moveCrosshair(dx: number, dy: number): void {
    const { width, height } = this.#store;
    const from = this.crosshair ?? this.hovered ?? [width / 2, height / 2];
    const within = (v: number, n: number) => min(n - 1, max(0, floor(v)));
    this.crosshair = [within(from[0] + dx, width), within(from[1] + dy, height)];
    this.hovered = [this.crosshair[0] + 0.5, this.crosshair[1] + 0.5];
    this.#goTo(this.#middle(), false);
    this.#host.reveal(...this.hovered);
    this.#host.redraw();
  }

  /** Space: begin at the crosshair, set a corner, finish. */
  step(): void {
    if (!this.#store.picture) return;
    const at = this.#middle();
    if (this.draft?.settings.tool === "polygon") {
      const before = this.draft.points.length;
      this.draft.corner(...at, 0);
      if (this.draft.points.length > before) this.#host.say(`corner ${before / 2 + 1}`);
      this.#host.redraw();
    } else if (this.draft) this.#complete();
    else if (this.moving) this.#drop();
    else this.#start(at);
  }

  /** Enter: finish what is begun; a dab of the brush if nothing is. */
  finish(): void {
    if (this.draft) this.#complete();
    else if (this.moving) this.#drop();
    else if (this.#store.picture) {
      this.#start(this.#middle());
      const tool = this.#host.tool();
      if (tool === "brush" || tool === "eraser") this.#complete();
    }
  }

  abandon(): boolean {
    if (!this.draft && !this.moving) return false;
    this.draft = this.moving = null;
    this.#store.edits.preview(null);
    this.#host.say("cancelled");
    this.#host.redraw();
    return true;
  }

  cancel(): boolean {
    if (this.abandon()) return true;
    if (this.selected < 0) return false;
    this.#select(-1);
    return true;
  }

  takeBack(): boolean {
    const { draft } = this;
    if (draft?.settings.tool !== "polygon") return false;
    if (draft.takeBack()) this.#host.say(`${draft.points.length / 2} corners`);
    else this.abandon();
    this.#host.redraw();
    return true;
  }

  remove(): void {
    const index = this.selected;
    if (index < 0) return this.#host.say("no shape is selected");
    this.selected = -1;
    if (this.#store.edit(() => this.#store.edits.remove(index))) this.report("shape deleted");
  }

  duplicate(): void {
    const index = this.selected;
    if (index < 0) return this.#host.say("no shape is selected");
    const step = COPY_STEP * UNIT;
    if (this.#store.edit(() => this.#store.edits.duplicate(index, step, step))) {
      this.#select(this.#store.edits.region().shapes.length - 1);
      this.report("shape copied");
    }
  }

  nextShape(by: 1 | -1): void {
    const { shapes } = this.#store.edits.region();
    const drawn = shapes.flatMap((shape, i) => (isDrawn(shape) ? [i] : []));
    if (!drawn.length) return this.#host.say("there is no shape");
    const at = drawn.indexOf(this.selected);
    const next = at < 0 ? (by > 0 ? 0 : drawn.length - 1) : (at + by + drawn.length) % drawn.length;
    this.#select(drawn[next]!);
  }

  #select(index: number): void {
    this.selected = index;
    const shape = this.#store.edits.region().shapes[index];
    this.#host.say(shape ? `${shape.kind} ${index + 1} selected` : "nothing selected");
    this.#host.redraw();
  }

  report(what: string): void {
    const { edits } = this.#store;
    const share = edits.area() / (edits.width * edits.height);
    this.#host.say(`${what}; ${edits.active} covers ${percent(share)}`);
    this.#host.redraw();
  }

  #start(at: [number, number]): void {
    const tool = this.#host.tool();
    this.crosshair ??= [floor(at[0] / UNIT), floor(at[1] / UNIT)];
    if (tool === "select") this.#grab(at, true);
    else if (tool === "flood") this.#flood(...this.crosshair);
    else if (tool !== "pan") {
      this.#begin(tool, at, true);
      this.#host.say(`${tool} begun`);
    }
    this.#host.redraw();
  }

  #begin(tool: DrawingTool, at: [number, number], keys: boolean): void {
    this.selected = -1;
    this.#store.say("");
    this.draft = new Draft({ tool, op: this.#host.op(), size: this.#host.size(), keys }, ...at);
    this.#previewDue = true;
  }

  #goTo(at: [number, number], even: boolean): void {
    if (this.draft) this.draft.extend(...at, even);
    else if (this.moving) {
      this.moving.dx = at[0] - this.moving.from[0];
      this.moving.dy = at[1] - this.moving.from[1];
    } else return;
    this.#previewDue = true;
  }

  /** Take hold of the shape at a place. With keys the first press selects, the second takes hold. */
  #grab(at: [number, number], keys: boolean): void {
    const { edits } = this.#store;
    const hit = edits.hit(...at);
    const again = hit >= 0 && hit === this.selected;
    if (!again) this.#select(hit);
    const shape = edits.region().shapes[hit];
    if (!shape || !isDrawn(shape) || (keys && !again)) return;
    this.moving = { index: hit, shape, from: at, dx: 0, dy: 0, keys };
    if (keys) this.#host.say("held; arrows move it, Space drops it");
  }

  #drop(): void {
    const { moving } = this;
    this.moving = null;
    this.#store.edits.preview(null);
    if (moving && (moving.dx || moving.dy)) {
      const { index, dx, dy } = moving;
      if (this.#store.edit(() => this.#store.edits.move(index, dx, dy))) this.report("shape moved");
    }
    this.#host.redraw();
  }

  #complete(): void {
    const shape = this.draft?.shape();
    this.draft = null;
    this.#previewDue = false;
    if (shape && this.#store.edit(() => this.#store.edits.add(shape))) this.report(did(shape));
    else this.#store.edits.preview(null);
    this.#host.redraw();
  }

  #flood(x: number, y: number): void {
    const store = this.#store;
    const host = this.#host;
    if (!store.picture || x < 0 || y < 0 || x >= store.width || y >= store.height) return;
    const { picture, width, height } = store;
    const fill = () => pixelsShape(flood(picture, width, height, 3, x, y, host.tolerance()), host.op());
    if (store.edit(() => store.edits.add(fill()))) this.report("filled by colour");
  }

  #unit(x: number, y: number): [number, number] {
    const [px, py] = this.#host.toPicture(x, y);
    return [round(px * UNIT), round(py * UNIT)];
  }

  /** The middle of the crosshair's pixel. */
  #middle(): [number, number] {
    const [x, y] = this.crosshair ?? this.hovered ?? [this.#store.width / 2, this.#store.height / 2];
    return [floor(x) * UNIT + UNIT / 2, floor(y) * UNIT + UNIT / 2];
  }
}

function did(shape: Drawn): string {
  const verbs = { add: "added", subtract: "subtracted", intersect: "intersected" };
  return `${shape.kind} ${verbs[shape.op]}`;
}
