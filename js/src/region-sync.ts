// What the kernel is told: after each finished edit, what differs from what it knows. No DOM.

import { max, min } from "./arithmetic";
import { packedLength } from "./mask-bits";
import type { Rect, RegionDocument, RegionState, Shape } from "./region-shapes";

/** Messages of the front end over 10 MiB are lost without a word on their way to the kernel. */
export const MOST_BYTES = 10 * 2 ** 20 - 65_536;

/** One region of a message: its first `keep` shapes are those of region `of`, which is known. */
export interface RegionEntry {
  readonly name: string;
  readonly colour: string;
  readonly of: string | null;
  readonly keep: number;
  readonly shapes: readonly Shape[];
  readonly feather: number;
  /** x0, y0, x1, y1 of the pixels that follow as bits, or null if none has changed. */
  readonly rect: readonly number[] | null;
}

export interface EditMessage {
  readonly type: "edit";
  readonly epoch: number;
  readonly height: number;
  readonly width: number;
  readonly active: string;
  readonly regions: readonly RegionEntry[];
}

export interface Parcel {
  readonly content: EditMessage;
  readonly buffers: ArrayBuffer[];
  readonly bytes: number;
}

export class RegionSync {
  #known = new Map<string, RegionState>();
  #dirty = new Map<string, Rect>();

  readonly #width: number;
  readonly #height: number;

  constructor(
    width: number,
    height: number,
  ) {
    this.#width = width;
    this.#height = height;
  }

  /** The kernel holds just this. */
  settle(document: RegionDocument): void {
    this.#known = new Map(document.regions.map((region) => [region.name, region]));
    this.#dirty.clear();
  }

  touch(name: string, rect: Rect): void {
    const was = this.#dirty.get(name);
    this.#dirty.set(name, was ? joined(was, rect) : rect);
  }

  /** What to send so that the kernel holds `document`; `settle` when it has been sent. */
  parcel(
    document: RegionDocument,
    epoch: number,
    mask: (name: string) => Uint8Array,
    colour: (name: string) => string,
  ): Parcel {
    const buffers: ArrayBuffer[] = [];
    const regions = document.regions.map((region): RegionEntry => {
      const base = this.#baseOf(region, document);
      const keep = base ? shared(base.shapes, region.shapes) : 0;
      const rect = this.#changed(region, base, keep);
      if (rect) buffers.push(packedRect(mask(region.name), this.#width, rect));
      return {
        name: region.name,
        colour: colour(region.name),
        of: base?.name ?? null,
        keep,
        shapes: region.shapes.slice(keep),
        feather: region.feather,
        rect: rect && [rect.x0, rect.y0, rect.x1, rect.y1],
      };
    });
    const width = this.#width;
    const height = this.#height;
    const content: EditMessage = {
      type: "edit",
      epoch,
      height,
      width,
      active: document.active,
      regions,
    };
    const bits = buffers.reduce((sum, b) => sum + b.byteLength, 0);
    return { content, buffers, bytes: bits + JSON.stringify(content).length };
  }

  #changed(region: RegionState, base: RegionState | null, keep: number): Rect | null {
    const same = base && keep === base.shapes.length && keep === region.shapes.length;
    if (same) return null;
    const whole = { x0: 0, y0: 0, x1: this.#width, y1: this.#height };
    if (!base || base.name !== region.name) return whole;
    // Every change of shapes names its rectangle; none at all means that no pixel changed.
    return this.#dirty.get(region.name) ?? null;
  }

  /** The known region of that name; for a new name the one that it was renamed or copied from. */
  #baseOf(region: RegionState, document: RegionDocument): RegionState | null {
    const known = this.#known.get(region.name);
    if (known) return known;
    let best: RegionState | null = null;
    for (const other of this.#known.values()) {
      if (!equal(other.shapes, region.shapes)) continue;
      const gone = !document.regions.some((r) => r.name === other.name);
      if (!best || gone) best = other;
    }
    return best;
  }
}

/** The pixels of a rectangle, row after row, one bit each. */
export function packedRect(mask: Uint8Array, width: number, rect: Rect): ArrayBuffer {
  const w = rect.x1 - rect.x0;
  const h = rect.y1 - rect.y0;
  const bytes = new Uint8Array(packedLength(w * h));
  for (let y = 0, o = 0; y < h; y++) {
    const start = (rect.y0 + y) * width + rect.x0;
    for (let x = 0; x < w; x++, o++) if (mask[start + x]) bytes[o >> 3]! |= 0x80 >> (o & 7);
  }
  return bytes.buffer;
}

function shared(a: readonly Shape[], b: readonly Shape[]): number {
  const most = min(a.length, b.length);
  let n = 0;
  while (n < most && a[n] === b[n]) n++;
  return n;
}

function equal(a: readonly Shape[], b: readonly Shape[]): boolean {
  return a.length === b.length && shared(a, b) === a.length;
}

function joined(a: Rect, b: Rect): Rect {
  return {
    x0: min(a.x0, b.x0),
    y0: min(a.y0, b.y0),
    x1: max(a.x1, b.x1),
    y1: max(a.y1, b.y1),
  };
}
