// The latent space that an explorer moves in: its coordinates, ranges and known places. No DOM.

import { abs, finite, max, min } from "./arithmetic";

export type Part = readonly [name: string, first: number, end: number];

/** Places of a part that have names, such as the characters in their embedding. */
export interface Known {
  readonly part: number;
  readonly names: readonly string[];
  readonly places: readonly (readonly number[])[];
}

export interface Space {
  readonly coordinates: readonly string[];
  readonly parts: readonly Part[];
  readonly minimum: readonly number[];
  readonly maximum: readonly number[];
  readonly labels: readonly string[];
  readonly known: readonly Known[];
}

const NOTHING: Space = { coordinates: [], parts: [], minimum: [], maximum: [], labels: [], known: [] };

export function spaceOf(given: unknown): Space {
  return { ...NOTHING, ...(given as Partial<Space> | null) };
}

/** A trait's numbers; nothing where one of them is none. */
export function pointOf(given: unknown): number[] {
  return Array.isArray(given) && given.every(finite) ? given : [];
}

export function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}

export function within(space: Space, i: number, v: number): number {
  return min(space.maximum[i]!, max(space.minimum[i]!, v));
}

/** Some coordinates of a point changed, each kept inside its range. */
export function moved(space: Space, point: readonly number[], changes: readonly (readonly [number, number])[]): number[] {
  const next = [...point];
  for (const [i, v] of changes) next[i] = within(space, i, v);
  return next;
}

/** Which of the known places is nearest to a point, and how far that is. */
export function nearest(space: Space, known: Known, point: readonly number[]): number {
  const first = space.parts[known.part]![1];
  const far = known.places.map((place) => place.reduce((sum, v, i) => sum + (v - point[first + i]!) ** 2, 0));
  return far.indexOf(min(...far));
}

/** Share 0..1 of a coordinate's range, and back. */
export function shareOf(space: Space, i: number, v: number): number {
  return (v - space.minimum[i]!) / (space.maximum[i]! - space.minimum[i]! || 1);
}

export function valueAt(space: Space, i: number, share: number): number {
  return space.minimum[i]! + share * (space.maximum[i]! - space.minimum[i]!);
}

/** "0.42", "−1.30", and "0.00" for what rounds to it. */
export function numberWords(v: number): string {
  return v.toFixed(2).replace(/^-0\.00$/, "0.00").replace("-", "−");
}

/** Whether two points differ in one coordinate at least besides `axes`. */
export function apart(a: readonly number[], b: readonly number[], axes: readonly number[]): boolean {
  return a.length !== b.length || a.some((v, i) => !axes.includes(i) && abs(v - b[i]!) > 1e-9);
}

/**
 * Where a grid of `size` × `size` values crosses `level`: line pieces x0, y0, x1, y1, four numbers
 * each, with values at whole numbers (marching squares).
 */
export function contour(values: ArrayLike<number>, size: number, level = 0.5): number[] {
  const pieces: number[] = [];
  for (let y = 0; y + 1 < size; y++) {
    for (let x = 0; x + 1 < size; x++) {
      const corners = [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]] as const;
      const crossings: number[] = [];
      corners.forEach(([ax, ay], side) => {
        const [bx, by] = corners[(side + 1) % 4]!;
        const [a, b] = [values[ay * size + ax]! - level, values[by * size + bx]! - level];
        if (a > 0 === b > 0) return;
        const t = a / (a - b);
        crossings.push(ax + t * (bx - ax), ay + t * (by - ay));
      });
      pieces.push(...crossings);
    }
  }
  return pieces;
}

/** RGB of a probability: blue at 0, nearly white at 0.5, orange at 1. */
export function tone(p: number): [number, number, number] {
  const end = p < 0.5 ? [33, 102, 172] : [196, 98, 16];
  const strength = min(1, abs(2 * p - 1)) ** 0.8;
  return end.map((c) => 247 + (c - 247) * strength) as [number, number, number];
}
