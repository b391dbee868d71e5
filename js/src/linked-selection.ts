// Rectangles and pixels of a picture, from what traits and pointers say. No DOM.

import { floor, max, min } from "./arithmetic";

/** x0, y0, x1, y1 in whole pixels; the last column and row are not inside. */
export type Rect = readonly [number, number, number, number];
export type Pixel = readonly [number, number];

const within = (v: number, most: number) => min(most, max(0, floor(v)));

/** The pixel at a position, or the nearest one of the picture. */
export function nearestPixel(x: number, y: number, width: number, height: number): Pixel {
  return [within(x, width - 1), within(y, height - 1)];
}

/** The pixel at a position, or null beside the picture. */
export function pixelAt(x: number, y: number, width: number, height: number): Pixel | null {
  return x >= 0 && y >= 0 && x < width && y < height ? [floor(x), floor(y)] : null;
}

/** The rectangle that has both pixels in its corners. */
export function rectOf(a: Pixel, b: Pixel): Rect {
  return [
    min(a[0], b[0]),
    min(a[1], b[1]),
    max(a[0], b[0]) + 1,
    max(a[1], b[1]) + 1,
  ];
}

/** Read a rectangle out of a trait; null for anything that is none inside the picture. */
export function asRect(given: unknown, width: number, height: number): Rect | null {
  if (!Array.isArray(given) || given.length !== 4 || !given.every(Number.isInteger)) return null;
  const [x0, y0, x1, y1] = given as [number, number, number, number];
  const fits = x0 >= 0 && y0 >= 0 && x0 < x1 && y0 < y1 && x1 <= width && y1 <= height;
  return fits ? [x0, y0, x1, y1] : null;
}

/** Read a pixel out of a trait; null for anything that is none of the picture. */
export function asPixel(given: unknown, width: number, height: number): Pixel | null {
  if (!Array.isArray(given) || given.length !== 2 || !given.every(Number.isInteger)) return null;
  return pixelAt(given[0] as number, given[1] as number, width, height);
}
