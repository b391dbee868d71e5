// Growing, shrinking and feathering by discs: exact squared distances between the middles of
// pixels, in time linear in the number of pixels. What lies outside the picture counts as neither
// inside nor outside a region. The same rules as rex_widgets/regions/morph.py.

import { floor, max, min } from "./arithmetic";
import { floorRoot } from "./region-roots";
import type { Rect } from "./region-shapes";

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
  const near = by > 0 ? nearSet(mask, width, height, by + 1) : null;
  if (!near) return soft;
  const levels = featherLevels(by);
  for (const value of [1, 0] as const) {
    const sign = value ? -1 : 1;
    const squares = squaredDistances(mask, width, near, value, by + 1);
    const across = near.x1 - near.x0;
    for (let y = near.y0; y < near.y1; y++) {
      const [to, from] = [y * width + near.x0, (y - near.y0) * across];
      for (let x = 0; x < across; x++) {
        if (mask[to + x] !== value) {
          soft[to + x] = (HALF_LEVEL + sign * levels[squares[from + x]!]!) / LEVELS;
        }
      }
    }
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
    levels[squared] = min(HALF_LEVEL, floor((beyond * HALF_LEVEL) / (256 * by)));
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
  // Only here can a pixel change: set ones, and those near them.
  const near = by > 0 ? nearSet(mask, width, height, by) : null;
  if (!near) return;
  const across = near.x1 - near.x0;
  const reach = new Int32Array(by + 2).fill(-width - 1);
  for (let d = 0; d <= by; d++) reach[d] = floorRoot(by * by - d * d);
  const far = columnDistances(mask, width, near, value, by);
  for (let y = near.y0; y < near.y1; y++) {
    const [to, from] = [y * width + near.x0, (y - near.y0) * across];
    let end = -1;
    for (let x = 0; x < across; x++) {
      const reached = x + reach[far[from + x]!]!;
      if (reached > end) end = reached;
      if (x <= end) mask[to + x] = value;
    }
    let begin = across;
    for (let x = across - 1; x >= 0; x--) {
      const reached = x - reach[far[from + x]!]!;
      if (reached < begin) begin = reached;
      if (x >= begin) mask[to + x] = value;
    }
  }
}

/** The rectangle around all set pixels and `margin` more on each side; null if none is set. */
function nearSet(mask: Uint8Array, width: number, height: number, margin: number): Rect | null {
  const first = mask.indexOf(1);
  if (first < 0) return null;
  const top = floor(first / width);
  const bottom = floor(mask.lastIndexOf(1) / width);
  let left = width;
  let right = -1;
  for (let y = top; y <= bottom; y++) {
    const row = mask.subarray(y * width, (y + 1) * width);
    const begin = row.indexOf(1);
    if (begin < 0) continue;
    left = min(left, begin);
    right = max(right, row.lastIndexOf(1));
  }
  return {
    x0: max(0, left - margin),
    y0: max(0, top - margin),
    x1: min(width, right + 1 + margin),
    y1: min(height, bottom + 1 + margin),
  };
}

/**
 * For every pixel of a rectangle: how many rows away the nearest one with `value` of the same
 * column is, inside the rectangle; `most` + 1 if more.
 */
function columnDistances(
  mask: Uint8Array,
  width: number,
  rect: Rect,
  value: 0 | 1,
  most: number,
): Uint16Array {
  const across = rect.x1 - rect.x0;
  const far = new Uint16Array(across * (rect.y1 - rect.y0));
  const limit = most + 1;
  for (let y = rect.y0; y < rect.y1; y++) {
    const [from, to] = [y * width + rect.x0, (y - rect.y0) * across];
    for (let x = 0; x < across; x++) {
      if (mask[from + x] === value) continue;
      const above = y === rect.y0 ? limit : far[to + x - across]! + 1;
      far[to + x] = above < limit ? above : limit;
    }
  }
  for (let i = far.length - across - 1; i >= 0; i--) {
    const below = far[i + across]! + 1;
    if (below < far[i]!) far[i] = below;
  }
  return far;
}

/**
 * For every pixel of a rectangle, the squared distance to the nearest one with `value` inside it;
 * exact up to `most`², and `most`² for all beyond. A. Meijster, J. B. T. M. Roerdink and
 * W. H. Hesselink, A General Algorithm for Computing Distance Transforms in Linear Time, 2000.
 */
function squaredDistances(
  mask: Uint8Array,
  width: number,
  rect: Rect,
  value: 0 | 1,
  most: number,
): Int32Array {
  const far = columnDistances(mask, width, rect, value, most);
  const across = rect.x1 - rect.x0;
  const squares = new Int32Array(far.length).fill(most * most);
  const centres = new Int32Array(across);
  const starts = new Int32Array(across);
  for (let row = 0; row < far.length; row += across) {
    let top = -1;
    for (let u = 0; u < across; u++) {
      const g = far[row + u]!;
      if (g > most) continue;
      let start = 0;
      while (top >= 0) {
        const i = centres[top]!;
        const gi = far[row + i]!;
        const at = starts[top]!;
        // Where the older parabola is nowhere lower any more, it is dropped.
        if ((at - i) * (at - i) + gi * gi <= (at - u) * (at - u) + g * g) {
          start = 1 + floor((u * u - i * i + g * g - gi * gi) / (2 * (u - i)));
          break;
        }
        top--;
      }
      if (start >= across) continue;
      top++;
      centres[top] = u;
      starts[top] = start;
    }
    for (let x = across - 1; x >= 0 && top >= 0; x--) {
      const away = x - centres[top]!;
      const g = far[row + centres[top]!]!;
      const squared = away * away + g * g;
      if (squared < squares[row + x]!) squares[row + x] = squared;
      if (x === starts[top]) top--;
    }
  }
  return squares;
}
