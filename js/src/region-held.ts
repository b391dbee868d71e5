// One region as the editor holds it: its shapes, and what is worked out from them when asked for.

import { RegionMask } from "./region-mask";
import { feathered } from "./region-morph";
import { numbersIn, type Drawn, type Rect, type RegionState, type Shape } from "./region-shapes";

/** Something worked out for one version of the mask. */
interface Known<T> {
  readonly version: number;
  readonly value: T;
}

export class HeldRegion {
  name: string;
  feather: number;
  readonly shapes: Shape[];
  /** Coordinates and runs in all shapes. */
  numbers: number;
  #pixels: RegionMask | null = null;
  #version = 0;
  #knownArea: Known<number> | null = null;
  #knownSoft: (Known<Float32Array> & { readonly feather: number }) | null = null;

  readonly #width: number;
  readonly #height: number;

  constructor(
    width: number,
    height: number,
    state: RegionState,
  ) {
    this.#width = width;
    this.#height = height;
    this.name = state.name;
    this.feather = state.feather;
    this.shapes = state.shapes.slice();
    this.numbers = numbersOf(this.shapes);
  }

  get state(): RegionState {
    return { name: this.name, shapes: this.shapes.slice(), feather: this.feather };
  }

  get mask(): Uint8Array {
    return this.#raster.mask;
  }

  get shown(): Uint8Array {
    return this.#raster.shown;
  }

  get area(): number {
    if (this.#knownArea?.version !== this.#version) {
      const mask = this.mask;
      let value = 0;
      for (let i = 0; i < mask.length; i++) value += mask[i]!;
      this.#knownArea = { version: this.#version, value };
    }
    return this.#knownArea.value;
  }

  get soft(): Float32Array {
    const version = this.#version;
    const feather = this.feather;
    if (this.#knownSoft?.version !== version || this.#knownSoft.feather !== feather) {
      const value = feathered(this.mask, this.#width, this.#height, feather);
      this.#knownSoft = { version, feather, value };
    }
    return this.#knownSoft.value;
  }

  /** Replace shapes; gives where the mask, or what was shown of a preview, may have changed. */
  splice(at: number, removed: number, inserted: readonly Shape[]): Rect | null {
    // The mask first: it is made from the shapes when nobody has asked for it before.
    const rect = this.#raster.splice(at, removed, inserted);
    const gone = this.shapes.splice(at, removed, ...inserted);
    this.numbers += numbersOf(inserted) - numbersOf(gone);
    this.#version++;
    return rect;
  }

  preview(shape: Drawn | null, index?: number): Rect | null {
    if (!shape && !this.#pixels) return null;
    return this.#raster.preview(shape, index);
  }

  /** Forget what can be worked out again. */
  drop(): void {
    this.#pixels = null;
    this.#knownArea = null;
    this.#knownSoft = null;
  }

  get #raster(): RegionMask {
    return (this.#pixels ??= new RegionMask(this.#width, this.#height, this.shapes));
  }
}

/** How many coordinates and runs shapes hold together. */
export function numbersOf(shapes: readonly Shape[]): number {
  return shapes.reduce((sum, shape) => sum + numbersIn(shape), 0);
}
