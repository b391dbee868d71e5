// Colours of a map's slices. Maps in steps have a table of colours, made once for all slices.

import { max, min } from "./arithmetic";
import { colourTable } from "./colormaps";
import { shadeMap } from "./shading";
import type { Voxels } from "./volume-slices";
import type { MapVolume } from "./volume-store";

export class MapColours {
  #key = "";
  #table = new Uint32Array(0);

  shade(slice: Voxels, map: MapVolume, threshold: number, colormap: string, rgba: Uint8ClampedArray): void {
    const { scale, offset, high } = map.scaling;
    const top = max(high, 0);
    if (slice instanceof Float32Array) {
      shadeMap(slice, top, threshold, colourTable(colormap), rgba, map.floor);
      return;
    }
    const levels = slice instanceof Uint8Array ? 256 : 65536;
    const key = `${levels} ${scale} ${offset} ${high} ${map.floor} ${threshold} ${colormap}`;
    if (key !== this.#key) {
      this.#key = key;
      const values = new Float32Array(levels);
      for (let i = 0; i < levels; i++) values[i] = i * scale + offset;
      const colours = new Uint8ClampedArray(levels * 4);
      // The last step may come out a rounding error above the maximum, or below it.
      shadeMap(values, top, min(threshold, 1 - 1e-6), colourTable(colormap), colours, map.floor);
      this.#table = new Uint32Array(colours.buffer);
    }
    const pixels = new Uint32Array(rgba.buffer, rgba.byteOffset, slice.length);
    const table = this.#table;
    for (let i = 0; i < slice.length; i++) pixels[i] = table[slice[i]!]!;
  }
}
