// The views of one sample, kept once per model and shared by everything that draws it. Arrays
// arrive as custom messages, so that they are never part of a notebook's saved widget state.

import { abs, max, min } from "./arithmetic";
import { placesOf } from "./linked-colours";
import { packedLength, unpack } from "./mask-bits";
import type { Pixel } from "./linked-selection";
import { refuse } from "./refuse";
import { outline } from "./shading";
import { ascending, maximum, quantile } from "./threshold";

export const KINDS = ["picture", "map", "difference", "mask"] as const;
export type Kind = (typeof KINDS)[number];

export interface Heading {
  readonly id: number;
  readonly name: string;
  readonly kind: Kind;
  /** What a person should know about it, in a few words. */
  readonly note: string;
}

/** One view's array, and what is derived from it when it is first asked for. */
export class Layer {
  #kept: {
    sorted?: Float32Array;
    sizes?: Float32Array;
    outline?: number[];
    inside?: number;
    top?: number;
    lowest?: number;
    places?: Uint8ClampedArray;
  } = {};

  readonly #width: number;
  readonly #height: number;

  constructor(
    readonly kind: Kind,
    /** Of a map or a difference; else empty. */
    readonly values: Float32Array,
    /** RGB bytes of a picture, 0 or 1 of a mask; else empty. */
    readonly bytes: Uint8Array,
    width: number,
    height: number,
  ) {
    this.#width = width;
    this.#height = height;
  }

  /** What ranks are about: the values, or the sizes of differences. */
  get sizes(): Float32Array {
    if (this.kind !== "difference") return this.values;
    return (this.#kept.sizes ??= this.values.map(abs));
  }

  get sorted(): Float32Array {
    return (this.#kept.sorted ??= ascending(this.sizes));
  }

  get top(): number {
    return (this.#kept.top ??= maximum(this.sizes));
  }

  get lowest(): number {
    return (this.#kept.lowest ??= this.sizes.reduce((low, v) => min(low, v), this.sizes[0] ?? 0));
  }

  /** Where each value stands on the colour scale, 0..255. */
  get places(): Uint8ClampedArray {
    const { top, kind } = this;
    const low = kind === "difference" ? -top : this.lowest < top ? max(this.lowest, 0) : 0;
    return (this.#kept.places ??= placesOf(this.values, low, top));
  }

  get outline(): number[] {
    return (this.#kept.outline ??= outline(this.bytes, this.#width, this.#height));
  }

  /** Share of the pixels that a mask has inside. */
  get inside(): number {
    return (this.#kept.inside ??= this.bytes.reduce((n, v) => n + v, 0) / (this.bytes.length || 1));
  }

  /** The smallest size that belongs to the strongest `share` (0..1) of the pixels. */
  cut(share: number): number {
    return share >= 1 ? 0 : quantile(this.sorted, 1 - share);
  }
}

export interface Shown extends Heading {
  readonly layer: Layer;
}

export type Change = "views" | "hover";

export class LinkedStore {
  width = 0;
  height = 0;
  /** Pixel under the pointer, in whichever view it is. */
  hover: Pixel | null = null;
  #headings: readonly Heading[] = [];
  #layers = new Map<number, Layer>();
  #listeners = new Set<(change: Change) => void>();
  #list: readonly Shown[] = [];

  /** The views that have arrived, in their order; the first is the picture. */
  get views(): readonly Shown[] {
    return this.#list;
  }

  /** The picture below maps and masks. */
  get picture(): Shown | null {
    const first = this.#list[0];
    return first?.kind === "picture" ? first : null;
  }

  get complete(): boolean {
    return this.#headings.length > 0 && this.#list.length === this.#headings.length;
  }

  listen(callback: (change: Change) => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  changed(change: Change): void {
    for (const callback of [...this.#listeners]) callback(change);
  }

  setHover(pixel: Pixel | null): void {
    const [a, b] = [pixel, this.hover];
    if (a === b || (a && b && a[0] === b[0] && a[1] === b[1])) return;
    this.hover = pixel;
    this.changed("hover");
  }

  /** Take in a message of the kernel. Throws RangeError when it does not fit. */
  receive(message: unknown, buffers: readonly ArrayBufferView[] = []): void {
    const m = message as { type?: string; width?: number; height?: number; views?: Heading[]; id?: number };
    if (m?.type === "views") this.#setHeadings(m.width ?? 0, m.height ?? 0, m.views ?? []);
    else if (m?.type === "data") this.#setData(m.id ?? -1, buffers[0]);
    else return;
    this.#list = this.#headings.flatMap((h) => {
      const layer = this.#layers.get(h.id);
      return layer ? [{ ...h, layer }] : [];
    });
    this.changed("views");
  }

  #setHeadings(width: number, height: number, headings: readonly Heading[]): void {
    if (width !== this.width || height !== this.height) {
      [this.width, this.height, this.hover] = [width, height, null];
      this.#layers.clear();
    }
    this.#headings = headings.filter((h) => KINDS.includes(h.kind));
    const known = new Set(this.#headings.map((h) => h.id));
    for (const id of [...this.#layers.keys()]) if (!known.has(id)) this.#layers.delete(id);
  }

  #setData(id: number, buffer: ArrayBufferView | undefined): void {
    const heading = this.#headings.find((h) => h.id === id);
    // Data of a view that was taken away meanwhile, or that are here already: they never change.
    if (!heading || this.#layers.has(id)) return;
    const pixels = this.width * this.height;
    const { kind, name } = heading;
    const expected = kind === "picture" ? pixels * 3 : kind === "mask" ? packedLength(pixels) : pixels * 4;
    if (!buffer || buffer.byteLength !== expected) {
      refuse(`The view "${name}" does not fit the size ${this.width} × ${this.height}.`);
    }
    // A copy: the message's buffer need not lie at a multiple of four bytes.
    const bytes = new Uint8Array(buffer.buffer as ArrayBuffer, buffer.byteOffset, expected).slice();
    const values = kind === "map" || kind === "difference" ? new Float32Array(bytes.buffer) : new Float32Array();
    const raw = kind === "picture" ? bytes : kind === "mask" ? unpack(bytes, pixels) : new Uint8Array();
    this.#layers.set(id, new Layer(kind, values, raw, this.width, this.height));
  }
}
