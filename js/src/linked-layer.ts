// The array of one view, and what is derived from it. No DOM.

import { abs, max, min } from "./arithmetic";
import { placesOf } from "./linked-colours";
import { hiddenWords, keptWhere, lowerQuantile, shownWhere } from "./linked-filter";
import { outline } from "./shading";
import { ascending, maximum, quantile } from "./threshold";

export const KINDS = ["picture", "map", "difference", "mask"] as const;
export type Kind = (typeof KINDS)[number];

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

  readonly #values: Float32Array;

  constructor(
    readonly kind: Kind,
    values: Float32Array,
    /** RGB bytes of a picture, 0 or 1 of a mask and where a filtered map is shown; else empty. */
    readonly bytes: Uint8Array,
    readonly width: number,
    readonly height: number,
  ) {
    this.#values = values;
  }

  /** Of a map or a difference; else empty. */
  get values(): Float32Array {
    return this.#values;
  }

  /** Why nothing is shown at a place; empty where something is. */
  hidden(_place: number): string {
    return "";
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
    return (this.#kept.outline ??= outline(this.bytes, this.width, this.height));
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

/** A map where another is small, in the colours and with the ranks of the whole map. */
export class FilteredLayer extends Layer {
  /** The largest value of the other map at which this one is shown. */
  readonly limit: number;
  #kept: Float32Array | undefined;

  constructor(
    readonly source: Layer,
    readonly by: Layer,
    readonly byName: string,
    readonly quantile: number,
  ) {
    const limit = lowerQuantile(by.sorted, quantile);
    const shown = shownWhere(by.values, limit);
    super(source.kind, source.values, shown, source.width, source.height);
    this.limit = limit;
  }

  /** Zero where nothing is shown; made when it is asked for, and not while the slider moves. */
  override get values(): Float32Array {
    return (this.#kept ??= keptWhere(this.source.values, this.bytes));
  }

  /** Of the whole map: `bytes` says where they are shown. */
  override get sizes(): Float32Array {
    return this.source.sizes;
  }

  override get sorted(): Float32Array {
    return this.source.sorted;
  }

  override get top(): number {
    return this.source.top;
  }

  override get lowest(): number {
    return this.source.lowest;
  }

  override get places(): Uint8ClampedArray {
    return this.source.places;
  }

  override hidden(place: number): string {
    return this.bytes[place] ? "" : hiddenWords(this.byName, this.by.values[place]!, this.limit);
  }
}
