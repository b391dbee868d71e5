// All regions of one picture: what was drawn, what can be undone, and their masks.

import { floor, min } from "./arithmetic";
import { refuse } from "./refuse";
import { HeldRegion, numbersOf } from "./region-held";
import { boundsOf, spansOf } from "./region-raster";
import { checkRuns } from "./region-replay";
import { pixelsShape } from "./region-rle";
import {
  checkedDocument,
  checkedName,
  checkedShape,
  isDrawn,
  moved,
  MOST_NUMBERS,
  MOST_PIXELS,
  MOST_REGIONS,
  MOST_SHAPES,
  UNIT,
  type Drawn,
  type Rect,
  type RegionDocument,
  type RegionState,
  type Shape,
} from "./region-shapes";

/** What an edit changed. */
export interface Change {
  /**
   * "mask": pixels of `region` inside `rect`; "preview": what `shown(region)` gives inside `rect`;
   * "feather", "active", "names": these and no pixel of any mask; "all": anything, also which
   * region is active (`rect` is the picture).
   */
  readonly what: "mask" | "preview" | "feather" | "active" | "names" | "all";
  readonly region: string;
  /** Null if no pixel can have changed. */
  readonly rect: Rect | null;
}

/** One step, there and back; `at` and what it holds are right whenever it is its turn. */
type Step =
  | { kind: "shapes"; held: HeldRegion; at: number; removed: Shape[]; inserted: Shape[] }
  | { kind: "feather"; held: HeldRegion; from: number; to: number }
  | { kind: "rename"; held: HeldRegion; from: string; to: string }
  | { kind: "region"; held: HeldRegion; at: number; adds: boolean; before: string };

/**
 * Named regions of one picture, one of them active.
 *
 * Every method that edits is one step of undo and tells the listeners once. `name` is the active
 * region where it is left out. Methods throw a RangeError for what cannot be (unknown name or
 * index, shapes out of bounds) and leave everything as it was.
 */
export class RegionEdits {
  #held: HeldRegion[];
  #current: string;
  #done: Step[] = [];
  #undone: Step[] = [];
  #listeners = new Set<(change: Change) => void>();
  #changes = 0;

  constructor(
    readonly width: number,
    readonly height: number,
    names: readonly string[] = ["region"],
  ) {
    const checked = checkedDocument({ regions: names.map((name) => ({ name })) });
    this.#held = checked.regions.map((state) => this.#hold(state));
    this.#current = checked.active;
  }

  get names(): readonly string[] {
    return this.#held.map((held) => held.name);
  }

  get active(): string {
    return this.#current;
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** Counts every change of shapes, names and feathers: cheap to compare. */
  get version(): number {
    return this.#changes;
  }

  /** Be told of each change; call the result to hear no more. */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Name, shapes and feather of a region. */
  region(name = this.#current): RegionState {
    return this.#find(name).state;
  }

  /** The committed mask, one byte 0 or 1 a pixel, row-major. Not to be written to. */
  mask(name = this.#current): Uint8Array {
    return this.#find(name).mask;
  }

  /** The mask with the preview in it; the same array as `mask` while there is none. */
  shown(name = this.#current): Uint8Array {
    return this.#find(name).shown;
  }

  /** 0..1, from the committed mask and the region's feather. */
  softMask(name = this.#current): Float32Array {
    return this.#find(name).soft;
  }

  /** Number of pixels of the committed mask. */
  area(name = this.#current): number {
    return this.#find(name).area;
  }

  document(): RegionDocument {
    return { regions: this.names.map((name) => this.region(name)), active: this.#current };
  }

  /** Choose the active region: no step of undo. */
  activate(name: string): Change | null {
    const held = this.#find(name);
    if (held.name === this.#current) return null;
    this.#endPreview();
    this.#current = held.name;
    return this.#tell({ what: "active", region: held.name, rect: null });
  }

  /** Put a shape on top; clear, invert, grow and shrink are shapes too. */
  add(shape: Shape, name = this.#current): Change {
    return this.#edit(name, this.#find(name).shapes.length, 0, [shape]);
  }

  replace(index: number, shape: Shape, name = this.#current): Change {
    this.#shapeAt(index, name);
    return this.#edit(name, index, 1, [shape]);
  }

  /** Move a drawn shape by (dx, dy) in 1/256 pixel. */
  move(index: number, dx: number, dy: number, name = this.#current): Change {
    return this.#edit(name, index, 1, [moved(this.#drawnAt(index, name), dx, dy)]);
  }

  remove(index: number, name = this.#current): Change {
    this.#shapeAt(index, name);
    return this.#edit(name, index, 1, []);
  }

  /** Put a copy, moved by (dx, dy), on top. */
  duplicate(index: number, dx: number, dy: number, name = this.#current): Change {
    return this.add(moved(this.#drawnAt(index, name), dx, dy), name);
  }

  /** Replace all shapes of a region by others. */
  setShapes(shapes: readonly Shape[], name = this.#current): Change {
    return this.#edit(name, 0, this.#find(name).shapes.length, shapes);
  }

  /** Replace all shapes of a region by the pixels that they make up. */
  flatten(name = this.#current): Change {
    const shape = pixelsShape(this.mask(name));
    return this.setShapes(shape.runs.length > 1 ? [shape] : [], name);
  }

  setFeather(pixels: number, name = this.#current): Change | null {
    const held = this.#find(name);
    if (!Number.isInteger(pixels) || pixels < 0 || pixels > MOST_PIXELS) {
      refuse(`A feather is 0 to ${MOST_PIXELS} whole pixels wide.`);
    }
    if (pixels === held.feather) return null;
    return this.#take({ kind: "feather", held, from: held.feather, to: pixels });
  }

  /** Add an empty region, or a copy of `like`, and make it active. */
  addRegion(name: string, like?: string): Change {
    const free = this.#freeName(name);
    if (this.#held.length >= MOST_REGIONS) {
      refuse(`A picture has at most ${MOST_REGIONS} regions.`);
    }
    const from = like === undefined ? { shapes: [], feather: 0 } : this.region(like);
    const held = this.#hold({ ...from, name: free });
    const at = this.#held.length;
    return this.#take({ kind: "region", held, at, adds: true, before: this.#current });
  }

  /** Remove a region; the last one cannot be. */
  removeRegion(name: string): Change {
    const held = this.#find(name);
    if (this.#held.length === 1) refuse("The last region cannot be removed.");
    const at = this.#held.indexOf(held);
    return this.#take({ kind: "region", held, at, adds: false, before: this.#current });
  }

  rename(name: string, to: string): Change | null {
    const held = this.#find(name);
    if (checkedName(to) === name) return null;
    return this.#take({ kind: "rename", held, from: name, to: this.#freeName(to) });
  }

  /**
   * Start from the given regions, with nothing to undo; or, with `steps`, as if each shape had
   * just been drawn, those of the active region last.
   */
  restore(document: RegionDocument, steps = false): Change {
    const checked = checkedDocument(document);
    for (const { shapes } of checked.regions) this.#checkSizes(shapes);
    this.#held = checked.regions.map((state) => this.#hold(state));
    this.#current = checked.active;
    this.#done = steps ? this.#stepsSoFar() : [];
    this.#undone = [];
    this.#changes++;
    return this.#tell({ what: "all", region: this.#current, rect: this.#all });
  }

  /** Null if there is nothing to undo. Makes the region active that it changes. */
  undo(): Change | null {
    const step = this.#done.pop();
    if (!step) return null;
    this.#undone.push(step);
    return this.#carryOut(step, false, true);
  }

  redo(): Change | null {
    const step = this.#undone.pop();
    if (!step) return null;
    this.#done.push(step);
    return this.#carryOut(step, true, true);
  }

  /** Index of the topmost shape at a place in 1/256 pixel, or -1. */
  hit(x: number, y: number, name = this.#current): number {
    const [column, row] = [floor(x / UNIT), floor(y / UNIT)];
    if (!(column >= 0 && row >= 0 && column < this.width && row < this.height)) return -1;
    const clip = { x0: column, y0: row, x1: column + 1, y1: row + 1 };
    const shapes = this.#find(name).shapes;
    for (let i = shapes.length - 1; i >= 0; i--) {
      const shape = shapes[i]!;
      // What lies under a "clear" is not to be seen.
      if (shape.kind === "clear") return -1;
      let covered = false;
      if (isDrawn(shape)) spansOf(shape, this.width, clip, () => void (covered = true));
      if (covered) return i;
    }
    return -1;
  }

  /** The pixels that a shape can cover, cut to the picture; null if none. */
  bounds(index: number, name = this.#current): Rect | null {
    const shape = this.#shapeAt(index, name);
    return isDrawn(shape) ? boundsOf(shape, this.width, this.height) : this.#all;
  }

  /**
   * Show the active region as it would be with one more shape (or with shape `index` replaced),
   * without an edit; null ends the preview. A brush that goes on from the last preview touches
   * only what is new. Gives the rectangle in which `shown` changed. Any edit ends a preview.
   */
  preview(shape: Drawn | null, index?: number): Rect | null {
    if (shape && index !== undefined) this.#drawnAt(index, this.#current);
    const rect = this.#find(this.#current).preview(shape, index);
    if (rect) this.#tell({ what: "preview", region: this.#current, rect });
    return rect;
  }

  #stepsSoFar(): Step[] {
    const last = (held: HeldRegion) => Number(held.name === this.#current);
    return [...this.#held]
      .sort((a, b) => last(a) - last(b))
      .flatMap((held) =>
        held.shapes.map((s, at): Step => ({ kind: "shapes", held, at, removed: [], inserted: [s] })),
      );
  }

  get #all(): Rect {
    return { x0: 0, y0: 0, x1: this.width, y1: this.height };
  }

  #edit(name: string, at: number, remove: number, given: readonly Shape[]): Change {
    const held = this.#find(name);
    const inserted = given.map((shape) => checkedShape(shape));
    this.#checkSizes(inserted);
    const removed = held.shapes.slice(at, at + remove);
    const numbers = held.numbers - numbersOf(removed) + numbersOf(inserted);
    if (held.shapes.length - remove + inserted.length > MOST_SHAPES || numbers > MOST_NUMBERS) {
      refuse(
        `A region has at most ${MOST_SHAPES} shapes and ${MOST_NUMBERS} coordinates; flatten it.`,
      );
    }
    return this.#take({ kind: "shapes", held, at, removed, inserted });
  }

  #take(step: Step): Change {
    this.#done.push(step);
    this.#undone = [];
    return this.#carryOut(step, true);
  }

  #carryOut(step: Step, forward: boolean, follow = false): Change {
    const { held } = step;
    const before = this.#current;
    // Shapes of the active region end its preview themselves, and tell of both at once.
    if (step.kind !== "shapes" || held.name !== before) this.#endPreview();
    this.#changes++;
    if (follow && step.kind !== "region") this.#current = held.name;
    const region = held.name;
    switch (step.kind) {
      case "shapes": {
        const [gone, come] = forward ? [step.removed, step.inserted] : [step.inserted, step.removed];
        const rect = held.splice(step.at, gone.length, come);
        return this.#tellOf({ what: "mask", region, rect }, before);
      }
      case "feather":
        held.feather = forward ? step.to : step.from;
        return this.#tellOf({ what: "feather", region, rect: null }, before);
      case "rename": {
        const name = forward ? step.to : step.from;
        if (this.#current === region) this.#current = name;
        held.name = name;
        const same = before === region || before === this.#current;
        return this.#tellOf({ what: "names", region: name, rect: null }, same ? this.#current : before);
      }
      case "region":
        this.#comeOrGo(step, forward);
        return this.#tell({ what: "all", region: this.#current, rect: this.#all });
    }
  }

  #comeOrGo(step: Step & { kind: "region" }, forward: boolean): void {
    const { held, at } = step;
    if (step.adds === forward) this.#held.splice(at, 0, held);
    else {
      this.#held.splice(at, 1);
      held.drop();
    }
    if (!forward) this.#current = step.before;
    else if (step.adds) this.#current = held.name;
    else if (this.#current === held.name) {
      this.#current = this.#held[min(at, this.#held.length - 1)]!.name;
    }
  }

  /** Tell of a change, and that another region is active if it is. */
  #tellOf(change: Change, before: string): Change {
    if (this.#current === before) return this.#tell(change);
    return this.#tell({ what: "all", region: this.#current, rect: this.#all });
  }

  #tell(change: Change): Change {
    for (const listener of [...this.#listeners]) listener(change);
    return change;
  }

  #endPreview(): void {
    const held = this.#held.find((one) => one.name === this.#current);
    const rect = held?.preview(null);
    if (rect) this.#tell({ what: "preview", region: this.#current, rect });
  }

  #find(name: string): HeldRegion {
    const held = this.#held.find((one) => one.name === name);
    if (!held) refuse(`There is no region ${JSON.stringify(name)}.`);
    return held;
  }

  #hold(state: RegionState): HeldRegion {
    return new HeldRegion(this.width, this.height, state);
  }

  #shapeAt(index: number, name: string): Shape {
    const shape = this.#find(name).shapes[index];
    if (!shape) refuse(`There is no shape ${index}.`);
    return shape;
  }

  #drawnAt(index: number, name: string): Drawn {
    const shape = this.#shapeAt(index, name);
    if (!isDrawn(shape)) refuse(`Shape ${index} (${shape.kind}) cannot be moved.`);
    return shape;
  }

  #checkSizes(shapes: readonly Shape[]): void {
    for (const shape of shapes) {
      if (shape.kind === "pixels") checkRuns(shape, this.width, this.height);
    }
  }

  #freeName(given: string): string {
    const name = checkedName(given);
    if (this.#held.some((held) => held.name === name)) {
      refuse(`There is a region ${JSON.stringify(name)} already.`);
    }
    return name;
  }
}
