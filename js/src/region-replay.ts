// Shapes carried out on a mask, one after the other: what a region's mask means.

import { max, min } from "./arithmetic";
import { refuse } from "./refuse";
import { growMask, shrinkMask } from "./region-morph";
import { boundsOf, spansOf } from "./region-raster";
import { isDrawn, type Drawn, type Pixels, type Rect, type Shape } from "./region-shapes";

/** The mask (one byte 0 or 1 a pixel) of shapes, replayed in order on an empty mask. */
export function rasterise(shapes: readonly Shape[], width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height);
  const all = { x0: 0, y0: 0, x1: width, y1: height };
  for (const shape of shapes) applyShape(mask, width, height, shape, all);
  return mask;
}

/**
 * Carry out one shape on a mask, in place and only inside `clip` (grow and shrink: everywhere).
 * Of a brush that adds or subtracts, only its points from `from` on.
 */
export function applyShape(
  mask: Uint8Array,
  width: number,
  height: number,
  shape: Shape,
  clip: Rect,
  from = 0,
): void {
  if (isDrawn(shape)) {
    if (shape.kind === "pixels") checkRuns(shape, width, height);
    if (shape.op === "intersect") intersect(mask, width, height, shape, clip);
    else {
      const value = shape.op === "add" ? 1 : 0;
      const reach = overlap(boundsOf(shape, width, height, from), clip);
      if (!reach) return;
      spansOf(shape, width, reach, (row, a, b) => {
        mask.fill(value, row * width + a, row * width + b);
      }, from);
    }
    return;
  }
  switch (shape.kind) {
    case "clear":
      fillRect(mask, width, clip, 0);
      break;
    case "invert":
      invert(mask, width, clip);
      break;
    case "grow":
      growMask(mask, width, height, shape.by);
      break;
    case "shrink":
      shrinkMask(mask, width, height, shape.by);
  }
}

/** Pixels that a shape can change: null if none, the whole picture for all but added and subtracted ones. */
export function reachOf(shape: Shape, width: number, height: number): Rect | null {
  if (isDrawn(shape) && shape.op !== "intersect") return boundsOf(shape, width, height);
  return { x0: 0, y0: 0, x1: width, y1: height };
}

/** Whether a shape's outcome at a pixel depends on that pixel only. */
export function isPointwise(shape: Shape): boolean {
  return shape.kind !== "grow" && shape.kind !== "shrink";
}

/** Refuse given pixels of another picture's size. */
export function checkRuns(shape: Pixels, width: number, height: number): void {
  let total = 0;
  for (const run of shape.runs) total += run;
  if (total !== width * height) {
    refuse(`The runs make up ${total} pixels; the picture has ${width} × ${height}.`);
  }
}

/** The smallest rectangle around both. */
export function around(a: Rect | null, b: Rect | null): Rect | null {
  if (!a || !b) return a ?? b;
  return {
    x0: min(a.x0, b.x0),
    y0: min(a.y0, b.y0),
    x1: max(a.x1, b.x1),
    y1: max(a.y1, b.y1),
  };
}

/** What two rectangles share, or null. */
export function overlap(a: Rect | null, b: Rect | null): Rect | null {
  if (!a || !b) return null;
  const x0 = max(a.x0, b.x0);
  const y0 = max(a.y0, b.y0);
  const x1 = min(a.x1, b.x1);
  const y1 = min(a.y1, b.y1);
  return x0 < x1 && y0 < y1 ? { x0, y0, x1, y1 } : null;
}

/** Set all pixels of a rectangle. */
export function fillRect(mask: Uint8Array, width: number, rect: Rect, value: 0 | 1): void {
  for (let row = rect.y0; row < rect.y1; row++) {
    mask.fill(value, row * width + rect.x0, row * width + rect.x1);
  }
}

/** Copy all pixels of a rectangle from one mask to another of the same size. */
export function copyRect(from: Uint8Array, to: Uint8Array, width: number, rect: Rect): void {
  if (rect.x0 === 0 && rect.x1 === width) {
    to.set(from.subarray(rect.y0 * width, rect.y1 * width), rect.y0 * width);
    return;
  }
  for (let row = rect.y0; row < rect.y1; row++) {
    const start = row * width + rect.x0;
    to.set(from.subarray(start, row * width + rect.x1), start);
  }
}

function invert(mask: Uint8Array, width: number, rect: Rect): void {
  let start = rect.y0 * width;
  const end = rect.y1 * width;
  if (rect.x0 === 0 && rect.x1 === width && mask.byteOffset === 0) {
    // Whole rows: four pixels at a time.
    const words = new Uint32Array(mask.buffer, 0, mask.length >> 2);
    while (start < end && start & 3) mask[start++]! ^= 1;
    for (; start + 4 <= end; start += 4) words[start >> 2]! ^= 0x01010101;
    for (; start < end; start++) mask[start]! ^= 1;
    return;
  }
  for (; start < end; start += width) {
    for (let i = start + rect.x0; i < start + rect.x1; i++) mask[i]! ^= 1;
  }
}

function intersect(
  mask: Uint8Array,
  width: number,
  height: number,
  shape: Drawn,
  clip: Rect,
): void {
  const reach = overlap(boundsOf(shape, width, height), clip);
  if (!reach) {
    fillRect(mask, width, clip, 0);
    return;
  }
  fillRect(mask, width, { ...clip, y1: reach.y0 }, 0);
  fillRect(mask, width, { ...clip, y0: reach.y1 }, 0);
  fillRect(mask, width, { ...reach, x0: clip.x0, x1: reach.x0 }, 0);
  fillRect(mask, width, { ...reach, x0: reach.x1, x1: clip.x1 }, 0);
  if (shape.kind === "box" || shape.kind === "ellipse") {
    // At most one span a row: what lies beside it goes.
    let next = reach.y0;
    spansOf(shape, width, reach, (row, a, b) => {
      fillRect(mask, width, { ...reach, y0: next, y1: row }, 0);
      mask.fill(0, row * width + reach.x0, row * width + a);
      mask.fill(0, row * width + b, row * width + reach.x1);
      next = row + 1;
    });
    fillRect(mask, width, { ...reach, y0: next }, 0);
    return;
  }
  const across = reach.x1 - reach.x0;
  const covered = new Uint8Array(across * (reach.y1 - reach.y0));
  spansOf(shape, width, reach, (row, a, b) => {
    const start = (row - reach.y0) * across - reach.x0;
    covered.fill(1, start + a, start + b);
  });
  let k = 0;
  for (let row = reach.y0; row < reach.y1; row++) {
    const end = row * width + reach.x1;
    for (let i = row * width + reach.x0; i < end; i++) mask[i]! &= covered[k++]!;
  }
}
