// What a region is made of. Coordinates are whole numbers in 1/256 pixel, x to the right and y
// down: (0, 0) is the outer corner of the first pixel, the middle of pixel (c, r) lies at
// (256c + 128, 256r + 128). rex_widgets/regions/shapes.py holds the same types and limits.

import { max, min, round } from "./arithmetic";
import { refuse } from "./refuse";

export type Op = "add" | "subtract" | "intersect";

/** A polyline drawn by a round brush; `size` is the diameter in 1/256 pixel. */
export interface Brush {
  readonly kind: "brush";
  readonly op: Op;
  readonly size: number;
  /** x0, y0, x1, y1, … */
  readonly points: readonly number[];
}

/** Two opposite corners (of an ellipse: of the box around it), in any order. */
export interface Cornered {
  readonly kind: "box" | "ellipse";
  readonly op: Op;
  readonly points: readonly number[];
}

/** A closed polygon, filled by the even-odd rule; the lasso is one too. */
export interface Polygon {
  readonly kind: "polygon";
  readonly op: Op;
  readonly points: readonly number[];
}

/** Given pixels: lengths of runs in row-major order, zeros first, together height × width. */
export interface Pixels {
  readonly kind: "pixels";
  readonly op: Op;
  readonly runs: readonly number[];
  /** By how many whole pixels they were moved: to the right, down. */
  readonly at?: readonly number[];
}

/** A change of everything that lies under it. */
export interface Whole {
  readonly kind: "invert" | "clear";
}

/** Grow or shrink by a disc of `by` whole pixels. */
export interface Morph {
  readonly kind: "grow" | "shrink";
  readonly by: number;
}

/** A shape that covers some pixels, and adds, subtracts or intersects them. */
export type Drawn = Brush | Cornered | Polygon | Pixels;
export type Shape = Drawn | Whole | Morph;

/** One named region: its mask is its shapes, replayed in order on an empty mask. */
export interface RegionState {
  readonly name: string;
  readonly shapes: readonly Shape[];
  /** Width of the soft border on either side, in pixels; 0 is a hard border. */
  readonly feather: number;
}

/** What the kernel and a saved page hold: all regions and the name of the active one. */
export interface RegionDocument {
  readonly regions: readonly RegionState[];
  readonly active: string;
}

/** Half-open ranges of pixels: columns x0 to x1 - 1, rows y0 to y1 - 1. */
export interface Rect {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** Parts of a pixel. */
export const UNIT = 256;
/** Coordinates lie within ± this: 8192 pixels. */
export const MOST_COORDINATE = 2 ** 21;
/** Longest side of a picture, in pixels. */
export const MOST_SIDE = 8192;
/** Largest diameter of a brush. */
export const MOST_SIZE = 2 ** 20;
/** Largest disc of grow and shrink, and widest feather, in pixels. */
export const MOST_PIXELS = 1024;
export const MOST_SHAPES = 10_000;
/** Numbers (coordinates or runs) in all shapes of one region. */
export const MOST_NUMBERS = 4_000_000;
export const MOST_REGIONS = 256;
export const MOST_NAME = 64;

/** Whether a shape covers pixels of its own and so can be hit, moved and duplicated. */
export function isDrawn(shape: Shape): shape is Drawn {
  return "op" in shape;
}

/** Return a shape moved by (dx, dy) in 1/256 pixel; given pixels move by whole pixels. */
export function moved(shape: Drawn, dx: number, dy: number): Drawn {
  if (shape.kind === "pixels") {
    const [x, y] = shape.at ?? [0, 0];
    const [across, down] = [round(dx / UNIT), round(dy / UNIT)];
    return { ...shape, at: [clampPixels(x! + across), clampPixels(y! + down)] };
  }
  const points = shape.points.map((v, i) => clampCoordinate(v + round(i % 2 ? dy : dx)));
  return { ...shape, points };
}

/** The nearest allowed coordinate; what is no number becomes 0. */
export function clampCoordinate(value: number): number {
  const whole = round(value);
  return Number.isNaN(whole) ? 0 : min(MOST_COORDINATE, max(-MOST_COORDINATE, whole));
}

function clampPixels(value: number): number {
  return min(MOST_SIDE, max(-MOST_SIDE, value));
}

/** How many coordinates or runs a shape holds. */
export function numbersIn(shape: Shape): number {
  if (!isDrawn(shape)) return 0;
  return shape.kind === "pixels" ? shape.runs.length : shape.points.length;
}

/**
 * Return what was given as shapes. Throws a RangeError that says what is wrong: shapes come from
 * the kernel, from saved pages and from files.
 */
export function checkedShapes(given: unknown): Shape[] {
  if (!Array.isArray(given)) refuse("Shapes are a list of objects.");
  if (given.length > MOST_SHAPES) {
    refuse(`${given.length} shapes; at most ${MOST_SHAPES} make up a region.`);
  }
  let numbers = 0;
  return given.map((item, i) => {
    const shape = checkedShape(item, `Shape ${i}`);
    numbers += numbersIn(shape);
    if (numbers > MOST_NUMBERS) {
      refuse(`The shapes hold more than ${MOST_NUMBERS} numbers.`);
    }
    return shape;
  });
}

/** Return what was given as one shape, with nothing but its own fields. */
export function checkedShape(given: unknown, what = "The shape"): Shape {
  if (typeof given !== "object" || given === null) refuse(`${what} is no object.`);
  const s = given as Record<string, unknown>;
  switch (s.kind) {
    case "invert":
    case "clear":
      return { kind: s.kind };
    case "grow":
    case "shrink":
      return { kind: s.kind, by: whole(s.by, 0, MOST_PIXELS, `${what}: by`) };
    case "brush": {
      const size = whole(s.size, 0, MOST_SIZE, `${what}: size`);
      return { kind: "brush", op: checkedOp(s.op, what), size, points: pairs(s.points, 1, what) };
    }
    case "box":
    case "ellipse": {
      const points = pairs(s.points, 2, what);
      if (points.length !== 4) refuse(`${what}: expected two corners.`);
      return { kind: s.kind, op: checkedOp(s.op, what), points };
    }
    case "polygon":
      return { kind: "polygon", op: checkedOp(s.op, what), points: pairs(s.points, 1, what) };
    case "pixels":
      return checkedPixels(s, what);
    default:
      refuse(`${what} is of an unknown kind (${String(s.kind).slice(0, 40)}).`);
  }
}

/** Return what was given as the regions of one picture. */
export function checkedDocument(given: unknown): RegionDocument {
  if (typeof given !== "object" || given === null) {
    refuse("The regions are no object.");
  }
  const { regions, active } = given as Record<string, unknown>;
  if (!Array.isArray(regions) || regions.length < 1 || regions.length > MOST_REGIONS) {
    refuse(`Expected 1 to ${MOST_REGIONS} regions.`);
  }
  const checked = regions.map((item: unknown): RegionState => {
    const r = (item ?? {}) as Record<string, unknown>;
    const feather = whole(r.feather ?? 0, 0, MOST_PIXELS, "The feather");
    return { name: checkedName(r.name), shapes: checkedShapes(r.shapes ?? []), feather };
  });
  const names = new Set(checked.map((region) => region.name));
  if (names.size !== checked.length) refuse("Two regions have one name.");
  const known = typeof active === "string" && names.has(active);
  return { regions: checked, active: known ? active : checked[0]!.name };
}

/** Return a region's name without surrounding space; refuse an empty or a very long one. */
export function checkedName(given: unknown): string {
  const name = typeof given === "string" ? given.trim() : "";
  if (!name || [...name].length > MOST_NAME) {
    refuse(`A region's name has 1 to ${MOST_NAME} characters.`);
  }
  return name;
}

function checkedPixels(s: Record<string, unknown>, what: string): Pixels {
  const most = MOST_SIDE * MOST_SIDE;
  if (!Array.isArray(s.runs) || s.runs.length > MOST_NUMBERS) {
    refuse(`${what}: expected runs, at most ${MOST_NUMBERS}.`);
  }
  for (const run of s.runs) whole(run, 0, most, `${what}: a run`);
  const runs = s.runs as number[];
  const op = checkedOp(s.op, what);
  if (s.at === undefined || s.at === null) return { kind: "pixels", op, runs };
  if (!Array.isArray(s.at) || s.at.length !== 2) {
    refuse(`${what}: at is two numbers.`);
  }
  const at = s.at.map((v) => whole(v, -MOST_SIDE, MOST_SIDE, `${what}: at`));
  return { kind: "pixels", op, runs, at };
}

function checkedOp(op: unknown, what: string): Op {
  if (op === "add" || op === "subtract" || op === "intersect") return op;
  refuse(`${what}: op is add, subtract or intersect.`);
}

function pairs(given: unknown, least: number, what: string): number[] {
  if (!Array.isArray(given) || given.length % 2 || given.length < 2 * least) {
    refuse(`${what}: expected at least ${least} pairs x, y.`);
  }
  if (given.length > MOST_NUMBERS) refuse(`${what} has too many points.`);
  for (const v of given) whole(v, -MOST_COORDINATE, MOST_COORDINATE, `${what}: a coordinate`);
  return given as number[];
}

function whole(given: unknown, least: number, most: number, what: string): number {
  if (Number.isInteger(given) && (given as number) >= least && (given as number) <= most) {
    return given as number;
  }
  refuse(`${what} is a whole number from ${least} to ${most}.`);
}
