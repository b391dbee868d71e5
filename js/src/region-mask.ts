// The mask of one region, kept up to date with little work: a new shape touches only its own
// pixels, and a change further down replays shapes from a snapshot, inside the changed rectangle.

import {
  applyShape,
  around,
  copyRect,
  fillRect,
  isPointwise,
  reachOf,
} from "./region-replay";
import { boundsOf } from "./region-raster";
import { isDrawn, type Drawn, type Rect, type Shape } from "./region-shapes";
import { packInto, unpackRect } from "./region-snapshot";

/** The mask after the first `count` shapes, packed. */
interface Snapshot {
  readonly count: number;
  readonly bits: Uint8Array;
}

interface Preview {
  readonly shape: Drawn;
  readonly index: number | undefined;
  /** Where `shown` may differ from the mask. */
  readonly rect: Rect | null;
}

/** Replaying costs at most a few times as much as touching every pixel once. */
const COST = 3;
const MORPH_COST = 8;
const MOST_SNAPSHOTS = 32;

export class RegionMask {
  readonly mask: Uint8Array;
  #shapes: Shape[] = [];
  #snapshots: Snapshot[] = [];
  /** Pixels touched since the last snapshot. */
  #cost = 0;
  #overlay: Uint8Array | null = null;
  /** Where the overlay lags behind the mask. */
  #stale: Rect | null = null;
  #current: Preview | null = null;

  readonly #width: number;
  readonly #height: number;

  constructor(
    width: number,
    height: number,
    shapes: readonly Shape[] = [],
  ) {
    this.#width = width;
    this.#height = height;
    this.mask = new Uint8Array(width * height);
    for (const shape of shapes) this.#push(shape);
  }

  get #all(): Rect {
    return { x0: 0, y0: 0, x1: this.#width, y1: this.#height };
  }

  /** The mask with the preview in it. */
  get shown(): Uint8Array {
    return this.#current ? this.#overlay! : this.mask;
  }

  /** Replace `removed` shapes from `at` on by others; gives where the mask may have changed. */
  splice(at: number, removed: number, inserted: readonly Shape[]): Rect | null {
    let rect = this.#endPreview();
    if (at === this.#shapes.length && removed === 0) {
      for (const shape of inserted) rect = around(rect, this.#push(shape));
      return rect;
    }
    const old = this.#shapes.splice(at, removed, ...inserted);
    while (this.#snapshots.length && this.#snapshots.at(-1)!.count > at) this.#snapshots.pop();
    const changed = this.#changeOf([...old, ...inserted], at);
    if (changed) this.#replay(this.mask, this.#shapes, changed);
    this.#cost = this.#costSince(this.#snapshots.at(-1)?.count ?? 0);
    this.#wentStale(changed);
    return around(rect, changed);
  }

  /** Show one more shape, or shape `index` replaced; null ends it. Gives where `shown` changed. */
  preview(shape: Drawn | null, index?: number): Rect | null {
    if (!shape) return this.#endPreview();
    this.#overlay ??= new Uint8Array(this.mask.length);
    const before = this.#current;
    if (before && before.index === undefined && index === undefined) {
      const more = this.#goOn(before, shape);
      if (more !== undefined) return more;
    }
    const reach =
      index === undefined
        ? reachOf(shape, this.#width, this.#height)
        : this.#changeOf([this.#shapes[index]!, shape], index);
    const dirty = around(before?.rect ?? null, reach);
    const late = around(dirty, this.#stale);
    if (late) copyRect(this.mask, this.#overlay, this.#width, late);
    this.#stale = null;
    if (reach && index === undefined) {
      applyShape(this.#overlay, this.#width, this.#height, shape, reach);
    } else if (reach && index !== undefined) {
      const shapes = this.#shapes.slice();
      shapes[index] = shape;
      this.#replay(this.#overlay, shapes, reach, index);
    }
    this.#current = { shape, index, rect: reach };
    return dirty;
  }

  /** Draw only the new end of a brush; undefined if it does not go on from the last preview. */
  #goOn(before: Preview, shape: Drawn): Rect | null | undefined {
    const old = before.shape;
    if (old.kind !== "brush" || shape.kind !== "brush" || shape.op === "intersect") return undefined;
    const [a, b] = [old.points, shape.points];
    const last = a.length - 2;
    const same = old.op === shape.op && old.size === shape.size && b.length >= a.length;
    if (!same || a[0] !== b[0] || a[1] !== b[1]) return undefined;
    if (a[last] !== b[last] || a[last + 1] !== b[last + 1]) return undefined;
    const from = last / 2;
    const rect = boundsOf(shape, this.#width, this.#height, from);
    if (rect) applyShape(this.#overlay!, this.#width, this.#height, shape, rect, from);
    this.#current = { shape, index: undefined, rect: around(before.rect, rect) };
    return rect;
  }

  #endPreview(): Rect | null {
    const rect = this.#current?.rect ?? null;
    this.#current = null;
    this.#wentStale(rect);
    return rect;
  }

  #wentStale(rect: Rect | null): void {
    // A new overlay is empty: all of it lags behind.
    this.#stale = this.#overlay ? around(this.#stale, rect) : this.#all;
  }

  #push(shape: Shape): Rect | null {
    if (!isPointwise(shape) && this.#cost > 0) this.#takeSnapshot();
    const rect = reachOf(shape, this.#width, this.#height);
    if (rect) applyShape(this.mask, this.#width, this.#height, shape, rect);
    this.#shapes.push(shape);
    this.#cost += this.#costOf(shape);
    if (this.#cost > COST * this.mask.length) this.#takeSnapshot();
    this.#wentStale(rect);
    return rect;
  }

  /** Where the mask can differ if these shapes come or go at `at`. */
  #changeOf(shapes: readonly Shape[], at: number): Rect | null {
    let rect: Rect | null = null;
    for (const shape of shapes) rect = around(rect, reachOf(shape, this.#width, this.#height));
    const base = this.#baseFor(at)?.count ?? 0;
    return rect && this.#shapes.slice(base).every(isPointwise) ? rect : rect && this.#all;
  }

  #baseFor(at: number): Snapshot | undefined {
    let i = this.#snapshots.length - 1;
    while (i >= 0 && this.#snapshots[i]!.count > at) i--;
    return this.#snapshots[i];
  }

  /** Write the mask of `shapes`, inside a rectangle, into `target`. */
  #replay(target: Uint8Array, shapes: readonly Shape[], rect: Rect, at = shapes.length): void {
    const base = this.#baseFor(at);
    if (base) unpackRect(base.bits, target, this.#width, rect);
    else fillRect(target, this.#width, rect, 0);
    for (let i = base?.count ?? 0; i < shapes.length; i++) {
      applyShape(target, this.#width, this.#height, shapes[i]!, rect);
    }
  }

  #costOf(shape: Shape): number {
    if (!isPointwise(shape)) return MORPH_COST * this.mask.length;
    const rect = isDrawn(shape) ? boundsOf(shape, this.#width, this.#height) : this.#all;
    const touched = rect ? (rect.x1 - rect.x0) * (rect.y1 - rect.y0) : 0;
    return isDrawn(shape) && shape.op === "intersect" ? this.mask.length + touched : touched;
  }

  #costSince(count: number): number {
    let cost = 0;
    for (let i = count; i < this.#shapes.length; i++) cost += this.#costOf(this.#shapes[i]!);
    return cost;
  }

  #takeSnapshot(): void {
    const count = this.#shapes.length;
    if (count === 0 || this.#snapshots.at(-1)?.count === count) return;
    const bits = new Uint8Array((this.mask.length + 7) >> 3);
    packInto(this.mask, bits);
    this.#snapshots.push({ count, bits });
    this.#cost = 0;
    if (this.#snapshots.length > MOST_SNAPSHOTS) {
      // Dense for the last steps, sparse for those of long ago.
      const half = MOST_SNAPSHOTS / 2;
      this.#snapshots = this.#snapshots.filter((_, i) => i >= half || i % 2 === 1);
    }
  }
}
