// Where the three slices lie on the screen. All share one scale, so that a millimetre is as long
// in every panel and across as down, whatever the voxels' sizes.

import { floor, max, min, round } from "./arithmetic";
import { toPlane, type Plane, type PlaneName, type Triple } from "./volume-planes";

export const GAP = 4;
const LEAST_CELL = 96;
export const MAX_ZOOM = 16;

export interface Layout {
  /** CSS pixels of the two columns and rows of panels. */
  readonly columns: readonly [number, number];
  readonly rows: readonly [number, number];
  /** CSS pixels a millimetre at zoom 1. */
  readonly scale: number;
}

export interface Cell {
  readonly width: number;
  readonly height: number;
}

/** Lengths of a plane on the screen, in millimetres: across and down. */
export function extent(p: Plane, shape: Triple, spacing: Triple): [number, number] {
  return [shape[p.cols] * spacing[p.cols], shape[p.rows] * spacing[p.rows]];
}

/** Columns of the first and second panel, rows of the first and third, in a given width. */
export function layOut(
  planes: readonly [Plane, Plane, Plane],
  shape: Triple,
  spacing: Triple,
  width: number,
): Layout {
  const [a, down] = extent(planes[0], shape, spacing);
  const [b] = extent(planes[1], shape, spacing);
  const [, below] = extent(planes[2], shape, spacing);
  const room = max(2 * LEAST_CELL, width - GAP);
  // No higher than half as much again as it is wide: a spine must not fill three screens.
  const scale = min(room / (a + b), (room * 1.5) / (down + below));
  let first = round(room * (a / (a + b)));
  first = min(room - LEAST_CELL, max(LEAST_CELL, first));
  const high = (mm: number) => max(LEAST_CELL, round(mm * scale));
  return { columns: [first, room - first], rows: [high(down), high(below)], scale };
}

/** From a plane's columns and rows to CSS pixels in its panel. */
export interface Placing {
  readonly kx: number;
  readonly ky: number;
  readonly x0: number;
  readonly y0: number;
}

export function placingOf(
  p: Plane,
  shape: Triple,
  spacing: Triple,
  cell: Cell,
  scale: number,
  zoom: number,
  centre: Triple,
): Placing {
  const kx = scale * zoom * spacing[p.cols];
  const ky = scale * zoom * spacing[p.rows];
  const [u, v] = toPlane(p, shape, centre);
  return { kx, ky, x0: cell.width / 2 - u * kx, y0: cell.height / 2 - v * ky };
}

/** The plane's position under a position of the panel. */
export function underneath(at: Placing, x: number, y: number): [number, number] {
  return [(x - at.x0) / at.kx, (y - at.y0) / at.ky];
}

/** The nearest centre that shows nothing but the volume; the middle at zoom 1. */
export function clampCentre(centre: readonly number[], shape: Triple, zoom: number): [number, number, number] {
  const one = (a: 0 | 1 | 2) => {
    const middle = (shape[a] - 1) / 2;
    const room = (shape[a] / 2) * (1 - 1 / zoom);
    const given = centre[a] ?? middle;
    return min(middle + room, max(middle - room, given));
  };
  return [one(0), one(1), one(2)];
}

/** A length for a scale bar, in millimetres: at most `most`, and a number people like. */
export function barLength(most: number): number {
  const power = 10 ** floor(Math.log10(most));
  const digit = [5, 2, 1].find((d) => d * power <= most) ?? 1;
  return digit * power;
}

export type Panels<T> = Record<PlaneName, T>;
