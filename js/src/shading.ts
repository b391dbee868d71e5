// Pixels of the layers: from values and masks to RGBA bytes and outlines. No canvas here.

import { max, min, round } from "./arithmetic";

/** Share of the range of values from which on a colour is opaque. */
const OPAQUE_FROM = 0.7;

/**
 * Colours of a map. They span its range, from the smallest value (at least 0) to `top`, and fade
 * in with it: every pixel has some responsibility, and only the differences tell something. Values
 * below `threshold` × `top`, and values that are not above zero, are transparent. `top` ≤ 0 leaves
 * everything transparent. `floor` is given where the values are only a part of the map.
 */
export function shadeMap(
  map: Float32Array,
  top: number,
  threshold: number,
  table: Uint8Array,
  rgba: Uint8ClampedArray,
  floor = lowest(map, top),
): void {
  const cut = threshold * top;
  const span = top - floor;
  for (let i = 0, o = 0; i < map.length; i++, o += 4) {
    const value = map[i]!;
    if (!(value > 0) || value < cut || top <= 0) {
      rgba[o + 3] = 0;
      continue;
    }
    const share = (value - floor) / span;
    const c = min(255, round(share * 255)) * 3;
    rgba[o] = table[c]!;
    rgba[o + 1] = table[c + 1]!;
    rgba[o + 2] = table[c + 2]!;
    rgba[o + 3] = min(255, round((share / OPAQUE_FROM) * 255));
  }
}

/** The smallest value, at least 0; 0 for a map of a single value, which has no range. */
export function lowest(map: Float32Array, top: number): number {
  let low = top;
  for (let i = 0; i < map.length; i++) if (map[i]! < low) low = map[i]!;
  return low < top ? max(low, 0) : 0;
}

/** One colour where the mask says so (or, with `inverted`, where it does not). */
export function shadeMask(
  mask: Uint8Array,
  colour: readonly [number, number, number, number],
  rgba: Uint8ClampedArray,
  inverted = false,
): void {
  for (let i = 0, o = 0; i < mask.length; i++, o += 4) {
    const on = (mask[i] !== 0) !== inverted;
    rgba[o] = colour[0];
    rgba[o + 1] = colour[1];
    rgba[o + 2] = colour[2];
    rgba[o + 3] = on ? colour[3] : 0;
  }
}

/** RGBA of a picture given as RGB bytes. */
export function shadePicture(rgb: Uint8Array, rgba: Uint8ClampedArray): void {
  for (let i = 0, o = 0; i < rgb.length; i += 3, o += 4) {
    rgba[o] = rgb[i]!;
    rgba[o + 1] = rgb[i + 1]!;
    rgba[o + 2] = rgb[i + 2]!;
    rgba[o + 3] = 255;
  }
}

/**
 * Outline of a mask as line pieces x0, y0, x1, y1 in pixel corners, four numbers a piece.
 * Neighbouring edges on one line are joined, so that a rectangle is four pieces.
 */
export function outline(mask: Uint8Array, width: number, height: number): number[] {
  const level: number[] = [];
  const upright: number[] = [];
  // Where the upright piece at each x began: row by row is much faster than column by column.
  const from = new Int32Array(width + 1).fill(-1);
  for (let y = 0; y <= height; y++) {
    let start = -1;
    let left = false;
    for (let x = 0; x <= width; x++) {
      const i = y * width + x;
      const here = x < width && y < height && mask[i] !== 0;
      const above = x < width && y > 0 && mask[i - width] !== 0;
      if (here === above) {
        if (start >= 0) level.push(start, y, x, y);
        start = -1;
      } else if (start < 0) start = x;
      if (here === left) {
        if (from[x]! >= 0) upright.push(x, from[x]!, x, y);
        from[x] = -1;
      } else if (from[x]! < 0) from[x] = y;
      left = here;
    }
  }
  return level.concat(upright);
}

/** Share of pixels that are set, 0..1. */
export function coverage(mask: Uint8Array): number {
  let n = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i]) n++;
  return mask.length ? n / mask.length : 0;
}
