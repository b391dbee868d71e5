// The views of one sample, kept once per model and shared by everything that draws it. Arrays
// arrive as custom messages, so that they are never part of a notebook's saved widget state.

import { value } from "./format";
import { FilteredLayer, KINDS, Layer, type Kind } from "./linked-layer";
import type { Pixel } from "./linked-selection";
import { packedLength, unpack } from "./mask-bits";
import { refuse } from "./refuse";

export interface Heading {
  readonly id: number;
  readonly name: string;
  readonly kind: Kind;
  /** What a person should know about it, in a few words. */
  readonly note: string;
  /** Of a filtered view: the ids of the map shown and of the one that decides where. */
  readonly filter?: readonly [number, number];
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
  #quantile = 0.5;
  #filtered: FilteredLayer | undefined;

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
    this.#relist();
  }

  /** Show the filtered view where the map that decides is at most this quantile of its values. */
  filterAt(quantile: number): void {
    if (quantile === this.#quantile) return;
    this.#quantile = quantile;
    if (this.#filtered) this.#relist();
  }

  #relist(): void {
    this.#list = this.#headings.flatMap((h) => {
      if (h.filter) return this.#filter(h, h.filter);
      const layer = this.#layers.get(h.id);
      return layer ? [{ ...h, layer }] : [];
    });
    this.changed("views");
  }

  #filter(heading: Heading, [of, by]: readonly [number, number]): Shown[] {
    const [source, other] = [this.#layers.get(of), this.#layers.get(by)];
    const name = (id: number) => this.#headings.find((h) => h.id === id)?.name ?? "";
    if (!source?.values.length || !other?.values.length) return [];
    let layer = this.#filtered;
    const known = layer?.source === source && layer.by === other && layer.byName === name(by);
    if (!layer || !known || layer.quantile !== this.#quantile) {
      layer = this.#filtered = new FilteredLayer(source, other, name(by), this.#quantile);
    }
    return [{ ...heading, layer, note: `where ${name(by)} ≤ ${value(layer.limit)}` }];
  }

  #setHeadings(width: number, height: number, headings: readonly Heading[]): void {
    if (width !== this.width || height !== this.height) {
      [this.width, this.height, this.hover] = [width, height, null];
      this.#layers.clear();
    }
    this.#headings = headings.filter((h) => KINDS.includes(h.kind));
    if (!this.#headings.some((h) => h.filter)) this.#filtered = undefined;
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
