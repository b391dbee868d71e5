// Which pixels a shape covers, in whole numbers only: rex_widgets/regions/spans.py follows the
// same rules, and both give the same masks bit for bit. A pixel is covered if its middle lies in
// the shape or on its border. Shapes are cut into spans of rows, so no pixel outside is touched.

import { abs, ceil, floor, max, min, round } from "./arithmetic";
import { floorRoot, floorRootOfProduct } from "./region-roots";
import { UNIT, type Drawn, type Pixels, type Rect } from "./region-shapes";

/** Takes the pixels `from` to `to` - 1 of a row; spans may overlap. */
export type Emit = (row: number, from: number, to: number) => void;

const HALF = UNIT / 2;

/** The first pixel whose middle is at or after `numerator / denominator` (denominator > 0). */
function firstFrom(numerator: number, denominator: number): number {
  return ceil((numerator - HALF * denominator) / (UNIT * denominator));
}

/** The pixel after the last one whose middle is at or before `numerator / denominator`. */
function endAt(numerator: number, denominator: number): number {
  return floor((numerator - HALF * denominator) / (UNIT * denominator)) + 1;
}

/** A brush finer than a pixel would slip between the middles of pixels. */
function brushSize(size: number): number {
  return max(size, UNIT);
}

/** The pixels that a shape can cover (of a brush: from its point `from` on), or null if none. */
export function boundsOf(shape: Drawn, width: number, height: number, from = 0): Rect | null {
  if (shape.kind === "pixels") return pixelBounds(shape, width, height);
  const points = shape.points;
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 2 * from; i < points.length; i += 2) {
    left = min(left, points[i]!);
    right = max(right, points[i]!);
    top = min(top, points[i + 1]!);
    bottom = max(bottom, points[i + 1]!);
  }
  const size = shape.kind === "brush" ? brushSize(shape.size) : 0;
  const x0 = max(0, firstFrom(2 * left - size, 2));
  const y0 = max(0, firstFrom(2 * top - size, 2));
  const x1 = min(width, endAt(2 * right + size, 2));
  const y1 = min(height, endAt(2 * bottom + size, 2));
  return x0 < x1 && y0 < y1 ? { x0, y0, x1, y1 } : null;
}

/**
 * Give out all spans of a shape that lie in `clip`. Of a brush, only what its points from `from`
 * on add, beginning with the piece that leaves point `from`.
 */
export function spansOf(
  shape: Drawn,
  width: number,
  clip: Rect,
  emit: Emit,
  from = 0,
): void {
  const cut: Emit = (row, a, b) => {
    const start = max(a, clip.x0);
    const end = min(b, clip.x1);
    if (start < end && row >= clip.y0 && row < clip.y1) emit(row, start, end);
  };
  switch (shape.kind) {
    case "brush":
      brushSpans(shape.points, brushSize(shape.size), clip, cut, from);
      break;
    case "box":
      boxSpans(shape.points, clip, cut);
      break;
    case "ellipse":
      ellipseSpans(shape.points, clip, cut);
      break;
    case "polygon":
      polygonSpans(shape.points, clip, cut);
      break;
    case "pixels":
      pixelSpans(shape, width, cut);
  }
}

function brushSpans(
  points: readonly number[],
  size: number,
  clip: Rect,
  emit: Emit,
  from: number,
): void {
  for (let i = 2 * from; i < points.length; i += 2) {
    const [x, y] = [points[i]!, points[i + 1]!];
    // The pixel under a point always counts, wherever in the pixel the point is.
    const column = floor(x / UNIT);
    emit(floor(y / UNIT), column, column + 1);
    discSpans(x, y, size, clip, emit);
    if (i > 2 * from) stripSpans(points[i - 2]!, points[i - 1]!, x, y, size, clip, emit);
  }
}

function discSpans(x: number, y: number, size: number, clip: Rect, emit: Emit): void {
  const first = max(clip.y0, firstFrom(2 * y - size, 2));
  const end = min(clip.y1, endAt(2 * y + size, 2));
  for (let row = first; row < end; row++) {
    const dy = 2 * (UNIT * row + HALF - y);
    const reach = floorRoot(size * size - dy * dy);
    emit(row, firstFrom(2 * x - reach, 2), endAt(2 * x + reach, 2));
  }
}

/** What lies beside the line from A to B, at most half a brush away, and between its ends. */
function stripSpans(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  size: number,
  clip: Rect,
  emit: Emit,
): void {
  const dx = bx - ax;
  const dy = by - ay;
  const length2 = dx * dx + dy * dy;
  if (length2 === 0) return;
  // Twice the cross product with AB, at a distance of half a brush.
  const most = floorRootOfProduct(size * size, length2);
  const first = max(clip.y0, firstFrom(2 * min(ay, by) - size, 2));
  const end = min(clip.y1, endAt(2 * max(ay, by) + size, 2));
  for (let row = first; row < end; row++) {
    const py = UNIT * row + HALF - ay;
    let [left, right] = [clip.x0, clip.x1];
    // |2 (px dy - py dx)| <= most
    if (dy === 0) {
      if (abs(2 * py * dx) > most) continue;
    } else {
      const sign = Math.sign(dy);
      const middle = 2 * sign * (py * dx + ax * dy);
      left = max(left, firstFrom(middle - most, 2 * sign * dy));
      right = min(right, endAt(middle + most, 2 * sign * dy));
    }
    // 0 <= px dx + py dy <= length2
    const along = py * dy;
    if (dx === 0) {
      if (along < 0 || along > length2) continue;
    } else if (dx > 0) {
      left = max(left, firstFrom(ax * dx - along, dx));
      right = min(right, endAt(ax * dx + length2 - along, dx));
    } else {
      left = max(left, firstFrom(-(ax * dx + length2 - along), -dx));
      right = min(right, endAt(-(ax * dx - along), -dx));
    }
    if (left < right) emit(row, left, right);
  }
}

function boxSpans(points: readonly number[], clip: Rect, emit: Emit): void {
  const [ax, ay, bx, by] = points as [number, number, number, number];
  const from = firstFrom(min(ax, bx), 1);
  const to = endAt(max(ax, bx), 1);
  const end = min(clip.y1, endAt(max(ay, by), 1));
  for (let row = max(clip.y0, firstFrom(min(ay, by), 1)); row < end; row++) {
    emit(row, from, to);
  }
}

function ellipseSpans(points: readonly number[], clip: Rect, emit: Emit): void {
  const [ax, ay, bx, by] = points as [number, number, number, number];
  const width = abs(bx - ax);
  const height = abs(by - ay);
  const end = min(clip.y1, endAt(max(ay, by), 1));
  for (let row = max(clip.y0, firstFrom(min(ay, by), 1)); row < end; row++) {
    const y = abs(2 * (UNIT * row + HALF) - ay - by);
    const reach = ellipseReach(width, height, y);
    emit(row, firstFrom(ax + bx - reach, 2), endAt(ax + bx + reach, 2));
  }
}

/** The largest x with x² height² <= width² (height² - y²); all in half units, |y| <= height. */
function ellipseReach(width: number, height: number, y: number): number {
  if (height === 0) return width;
  const rest = (height - y) * (height + y);
  const near = (width * Math.sqrt(rest)) / height;
  const reach = round(near);
  // Off by far less than this from the true root, so only beside whole numbers is it in doubt.
  if (abs(near - reach) > 1e-6) return floor(near);
  const fits =
    BigInt(reach) ** 2n * BigInt(height) ** 2n <= BigInt(width) ** 2n * BigInt(rest);
  return fits ? reach : reach - 1;
}

function polygonSpans(points: readonly number[], clip: Rect, emit: Emit): void {
  const rows = clip.y1 - clip.y0;
  const starts = new Int32Array(rows + 1);
  eachCrossing(points, clip, (row) => void starts[row - clip.y0 + 1]!++);
  for (let row = 0; row < rows; row++) starts[row + 1]! += starts[row]!;
  const columns = new Int32Array(starts[rows]!);
  const next = starts.slice();
  eachCrossing(points, clip, (row, column) => {
    columns[next[row - clip.y0]!++] = column;
  });
  for (let row = 0; row < rows; row++) {
    const [from, to] = [starts[row]!, starts[row + 1]!];
    if (to - from > 2) columns.subarray(from, to).sort();
    for (let i = from; i < to; i += 2) {
      const [a, b] = [columns[i]!, columns[i + 1]!];
      emit(row + clip.y0, min(a, b), max(a, b));
    }
  }
  borderSpans(points, clip, emit);
}

/** Where edges cross the middles of rows: the first pixel to the right, kept within the clip. */
function eachCrossing(
  points: readonly number[],
  clip: Rect,
  found: (row: number, column: number) => void,
): void {
  let [ax, ay] = [points[points.length - 2]!, points[points.length - 1]!];
  for (let i = 0; i < points.length; i += 2) {
    const [bx, by] = [points[i]!, points[i + 1]!];
    const [x, y, dx, dy] = ay < by ? [ax, ay, bx - ax, by - ay] : [bx, by, ax - bx, ay - by];
    // The upper end belongs to an edge and the lower does not: a corner counts once.
    const end = min(clip.y1, firstFrom(y + dy, 1));
    for (let row = max(clip.y0, firstFrom(y, 1)); row < end; row++) {
      const column = firstFrom(x * dy + (UNIT * row + HALF - y) * dx, dy);
      found(row, min(max(column, clip.x0), clip.x1));
    }
    [ax, ay] = [bx, by];
  }
}

/** Middles of pixels that lie just on an edge. */
function borderSpans(points: readonly number[], clip: Rect, emit: Emit): void {
  let [ax, ay] = [points[points.length - 2]!, points[points.length - 1]!];
  for (let i = 0; i < points.length; i += 2) {
    const [bx, by] = [points[i]!, points[i + 1]!];
    const dx = bx - ax;
    const dy = by - ay;
    const first = max(clip.y0, firstFrom(min(ay, by), 1));
    const end = min(clip.y1, endAt(max(ay, by), 1));
    for (let row = first; row < end; row++) {
      if (dy === 0) {
        emit(row, firstFrom(min(ax, bx), 1), endAt(max(ax, bx), 1));
        continue;
      }
      const across = (UNIT * row + HALF - ay) * dx;
      if (across % dy !== 0) continue;
      const beyond = ax + across / dy - HALF;
      if (beyond % UNIT === 0) emit(row, beyond / UNIT, beyond / UNIT + 1);
    }
    [ax, ay] = [bx, by];
  }
}

function pixelBounds(shape: Pixels, width: number, height: number): Rect | null {
  const runs = shape.runs;
  // Runs of zeros before the first and after the last pixel that is set.
  let before = 0;
  let i = 0;
  while (i < runs.length && (i % 2 === 0 || runs[i] === 0)) {
    if (i % 2 === 0) before += runs[i]!;
    i++;
  }
  let last = runs.length - 1;
  let after = 0;
  while (last >= 0 && (last % 2 === 0 || runs[last] === 0)) {
    if (last % 2 === 0) after += runs[last]!;
    last--;
  }
  if (last < 0) return null;
  const [dx, dy] = shape.at ?? [0, 0];
  const x0 = max(0, dx!);
  const x1 = min(width, width + dx!);
  const y0 = max(0, floor(before / width) + dy!);
  const y1 = min(height, ceil((width * height - after) / width) + dy!);
  return x0 < x1 && y0 < y1 ? { x0, y0, x1, y1 } : null;
}

function pixelSpans(shape: Pixels, width: number, emit: Emit): void {
  const [dx, dy] = shape.at ?? [0, 0];
  let place = 0;
  for (let i = 0; i < shape.runs.length; i++) {
    const end = place + shape.runs[i]!;
    if (i % 2 && end > place) {
      const last = floor((end - 1) / width);
      for (let row = floor(place / width); row <= last; row++) {
        const from = max(place - row * width, 0);
        emit(row + dy!, from + dx!, min(end - row * width, width) + dx!);
      }
    }
    place = end;
  }
}
