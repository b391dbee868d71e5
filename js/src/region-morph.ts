// Growing, shrinking and feathering by discs: exact squared distances between the middles of
// pixels, in time linear in the number of pixels. What lies outside the picture counts as neither
// inside nor outside a region. The same rules as rex_widgets/regions/morph.py.

import { floorRoot } from "./region-roots";

/** Set, in place, every pixel with a set one at most `by` pixels away. */
export function growMask(mask: Uint8Array, width: number, height: number, by: number): void {
  spread(mask, width, height, by, 1);
}

/** Unset, in place, every pixel with an unset one at most `by` pixels away. */
export function shrinkMask(mask: Uint8Array, width: number, height: number, by: number): void {
  spread(mask, width, height, by, 0);
}

/**
 * 0..1 for every pixel: a ramp that is `by` pixels wide on either side of the border between set
 * and unset pixels. Above 1/2 just where the mask is set; with 0, the mask itself.
 */
export function feathered(
  mask: Uint8Array,
  width: number,
  height: number,
  by: number,
): Float32Array {
  const soft = Float32Array.from(mask);
  if (by === 0) return soft;
  const levels = featherLevels(by);
  const most = levels.length - 1;
  for (const value of [1, 0] as const) {
    const sign = value ? -1 : 1;
    squaredDistances(mask, width, height, value, by + 1, (i, squared) => {
      if (mask[i] !== value) soft[i] = (HALF_LEVEL + sign * levels[Math.min(squared, most)]!) / LEVELS;
    });
  }
  return soft;
}

const LEVELS = 65536;
const HALF_LEVEL = 32768;

/** By squared distance (1 to (by + 1)²): how far from 1/2, in 1/65536; 32768 from `by` + ½ on. */
function featherLevels(by: number): Int32Array {
  const levels = new Int32Array((by + 1) * (by + 1) + 1);
  for (let squared = 1; squared < levels.length; squared++) {
    const beyond = floorRoot(squared * LEVELS) - 128;
    levels[squared] = Math.min(HALF_LEVEL, Math.floor((beyond * HALF_LEVEL) / (256 * by)));
  }
  return levels;
}

/** Write `value` wherever a pixel with that value is at most `by` away. */
function spread(
  mask: Uint8Array,
  width: number,
  height: number,
  by: number,
  value: 0 | 1,
): void {
  if (by === 0) return;
  const reach = new Int32Array(by + 1);
  for (let d = 0; d <= by; d++) reach[d] = floorRoot(by * by - d * d);
  const far = columnDistances(mask, width, height, value, by);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    let end = -1;
    for (let x = 0; x < width; x++) {
      const d = far[start + x]!;
      if (d <= by) end = Math.max(end, x + reach[d]!);
      if (x <= end) mask[start + x] = value;
    }
    let begin = width;
    for (let x = width - 1; x >= 0; x--) {
      const d = far[start + x]!;
      if (d <= by) begin = Math.min(begin, x - reach[d]!);
      if (x >= begin) mask[start + x] = value;
    }
  }
}

/** How many rows away the nearest pixel with `value` of the same column is; `most` + 1 if more. */
function columnDistances(
  mask: Uint8Array,
  width: number,
  height: number,
  value: 0 | 1,
  most: number,
): Uint16Array {
  const far = new Uint16Array(width * height);
  const limit = most + 1;
  for (let x = 0; x < width; x++) far[x] = mask[x] === value ? 0 : limit;
  for (let i = width; i < far.length; i++) {
    far[i] = mask[i] === value ? 0 : Math.min(limit, far[i - width]! + 1);
  }
  for (let i = far.length - width - 1; i >= 0; i--) {
    const below = far[i + width]! + 1;
    if (below < far[i]!) far[i] = below;
  }
  return far;
}

/**
 * Squared distance to the nearest pixel with `value`, given out pixel by pixel; exact up to
 * `most`², more than that beyond. A. Meijster, J. B. T. M. Roerdink and W. H. Hesselink, A General
 * Algorithm for Computing Distance Transforms in Linear Time, 2000.
 */
function squaredDistances(
  mask: Uint8Array,
  width: number,
  height: number,
  value: 0 | 1,
  most: number,
  found: (place: number, squared: number) => void,
): void {
  const far = columnDistances(mask, width, height, value, most);
  const centres = new Int32Array(width);
  const starts = new Int32Array(width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let top = -1;
    for (let u = 0; u < width; u++) {
      const g = far[row + u]!;
      if (g > most) continue;
      let start = 0;
      while (top >= 0) {
        const i = centres[top]!;
        const gi = far[row + i]!;
        const at = starts[top]!;
        // The older parabola is nowhere lower any more: drop it.
        if ((at - i) ** 2 + gi * gi > (at - u) ** 2 + g * g) {
          top--;
          continue;
        }
        start = 1 + Math.floor((u * u - i * i + g * g - gi * gi) / (2 * (u - i)));
        break;
      }
      if (top < 0) start = 0;
      if (start < width) {
        top++;
        centres[top] = u;
        starts[top] = start;
      }
    }
    for (let x = width - 1; x >= 0; x--) {
      if (top < 0) {
        found(row + x, (most + 1) * (most + 1));
        continue;
      }
      const i = centres[top]!;
      const g = far[row + i]!;
      found(row + x, (x - i) ** 2 + g * g);
      if (x === starts[top]) top--;
    }
  }
}
