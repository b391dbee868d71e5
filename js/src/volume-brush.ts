// The three-dimensional brush. Positions are voxel indices (a whole number is a voxel's middle);
// the size is in millimetres, so that a ball is a ball where voxels are not cubes.

import { abs, ceil, floor, max, min, round } from "./arithmetic";
import type { Axis, Triple } from "./volume-planes";
import { strides } from "./volume-slices";

export type PaintTool = "brush" | "eraser";
export type BrushShape = "ball" | "slice";

export type VolumeStroke =
  | {
      readonly tool: PaintTool;
      readonly shape: BrushShape;
      /** The voxel axis across the slice that was painted on. */
      readonly axis: Axis;
      readonly size: number;
      readonly points: number[][];
    }
  | { readonly tool: "clear" };

export type Sweep = Extract<VolumeStroke, { tool: PaintTool }>;

/** Voxels that change when one piece of a stroke is painted are reported to `change`. */
export function sweep(
  shape: Triple,
  spacing: Triple,
  stroke: Omit<Sweep, "points">,
  from: readonly number[],
  to: readonly number[],
  change: (index: number) => void,
): void {
  const step = strides(shape);
  const radius = stroke.size / 2;
  const flat = stroke.shape === "slice" ? stroke.axis : -1;
  const low: number[] = [];
  const high: number[] = [];
  for (let a = 0; a < 3; a++) {
    const reach = a === flat ? 0 : radius / spacing[a]!;
    const [p, q] = [min(from[a]!, to[a]!), max(from[a]!, to[a]!)];
    low.push(max(0, ceil(a === flat ? round(p) : p - reach)));
    high.push(min(shape[a]! - 1, floor(a === flat ? round(q) : q + reach)));
  }
  // Lengths in millimetres; across a flat brush nothing counts.
  const s = [0, 1, 2].map((a) => (a === flat ? 0 : spacing[a]!));
  const d = [0, 1, 2].map((a) => (to[a]! - from[a]!) * s[a]!);
  const length2 = d[0]! ** 2 + d[1]! ** 2 + d[2]! ** 2;
  for (let i = low[0]!; i <= high[0]!; i++) {
    const x = (i - from[0]!) * s[0]!;
    for (let j = low[1]!; j <= high[1]!; j++) {
      const y = (j - from[1]!) * s[1]!;
      for (let k = low[2]!; k <= high[2]!; k++) {
        const z = (k - from[2]!) * s[2]!;
        const along = x * d[0]! + y * d[1]! + z * d[2]!;
        const t = length2 ? min(1, max(0, along / length2)) : 0;
        const ex = x - t * d[0]!;
        const ey = y - t * d[1]!;
        const ez = z - t * d[2]!;
        if (ex * ex + ey * ey + ez * ez <= radius * radius) change(i * step[0] + j * step[1] + k);
      }
    }
  }
  // The voxel under the middle always counts, however small the brush.
  const c = to.map(round);
  if (c.every((v, a) => v >= 0 && v < shape[a]!)) change(c[0]! * step[0] + c[1]! * step[1] + c[2]!);
}

/** Add a point unless it hardly differs from the last one: keeps messages small. */
export function addPlace(points: number[][], place: Triple): boolean {
  const last = points[points.length - 1];
  if (last && place.every((v, a) => abs(v - last[a]!) < 0.25)) return false;
  points.push(place.map((v) => round(v * 100) / 100));
  return true;
}

interface Done {
  readonly stroke: VolumeStroke;
  /** Voxels that the stroke changed: turning them over undoes it, and does it again. */
  readonly turned: Uint32Array;
}

/** What has been painted, what can be undone, and what can be done again. */
export class RegionHistory {
  readonly mask: Uint8Array;
  painted = 0;
  #done: Done[] = [];
  #undone: Done[] = [];
  #open: { stroke: Sweep; turned: number[] } | null = null;

  constructor(
    readonly shape: Triple,
    readonly spacing: Triple,
  ) {
    this.mask = new Uint8Array(shape[0] * shape[1] * shape[2]);
  }

  get strokes(): VolumeStroke[] {
    return this.#done.map((d) => d.stroke);
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  get painting(): boolean {
    return this.#open !== null;
  }

  begin(stroke: Omit<Sweep, "points">): void {
    this.#open = { stroke: { ...stroke, points: [] }, turned: [] };
  }

  /** Paint on to a place. False if nothing was added. */
  extend(place: Triple): boolean {
    const open = this.#open;
    if (!open) return false;
    const { points } = open.stroke;
    const last = points[points.length - 1];
    if (!addPlace(points, place)) return false;
    const now = points[points.length - 1]!;
    this.#piece(open.stroke, last ?? now, now, open.turned);
    return true;
  }

  /** Finish the open stroke. False if there was none, or it has no point. */
  end(): boolean {
    const open = this.#open;
    this.#open = null;
    if (!open?.stroke.points.length) return false;
    this.#push({ stroke: open.stroke, turned: Uint32Array.from(open.turned) });
    return true;
  }

  undo(): boolean {
    const last = this.#done.pop();
    if (!last) return false;
    this.#undone.push(last);
    this.#turn(last.turned);
    return true;
  }

  redo(): boolean {
    const next = this.#undone.pop();
    if (!next) return false;
    this.#done.push(next);
    this.#turn(next.turned);
    return true;
  }

  /** Wipe everything, as a step that can be undone. False if there is nothing to wipe. */
  clear(): boolean {
    if (!this.painted) return false;
    this.#push({ stroke: { tool: "clear" }, turned: this.#wipe() });
    return true;
  }

  /** Start from a region and the strokes made on it, with nothing to do again. */
  restore(base: Uint8Array | null, strokes: readonly VolumeStroke[]): void {
    this.#open = null;
    this.#done = [];
    this.#undone = [];
    this.mask.fill(0);
    this.painted = 0;
    if (base) {
      this.mask.set(base);
      for (const v of base) this.painted += v;
    }
    for (const stroke of strokes) this.#replay(stroke);
  }

  #replay(stroke: VolumeStroke): void {
    if (stroke.tool === "clear") {
      this.#done.push({ stroke, turned: this.#wipe() });
      return;
    }
    const turned: number[] = [];
    const { points } = stroke;
    points.forEach((p, i) => this.#piece(stroke, points[max(0, i - 1)]!, p, turned));
    this.#done.push({ stroke, turned: Uint32Array.from(turned) });
  }

  #piece(stroke: Sweep, from: readonly number[], to: readonly number[], turned: number[]): void {
    const value = stroke.tool === "brush" ? 1 : 0;
    sweep(this.shape, this.spacing, stroke, from, to, (i) => {
      if (this.mask[i] === value) return;
      this.mask[i] = value;
      this.painted += value ? 1 : -1;
      turned.push(i);
    });
  }

  #wipe(): Uint32Array {
    const turned = new Uint32Array(this.painted);
    for (let i = 0, n = 0; i < this.mask.length; i++) if (this.mask[i]) turned[n++] = i;
    this.mask.fill(0);
    this.painted = 0;
    return turned;
  }

  #turn(indices: Uint32Array): void {
    for (const i of indices) {
      const value = this.mask[i] ? 0 : 1;
      this.mask[i] = value;
      this.painted += value ? 1 : -1;
    }
  }

  #push(step: Done): void {
    this.#done.push(step);
    this.#undone = [];
  }
}
