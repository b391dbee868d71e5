// From places to screen columns: points of a line, heights of a map, bands of a mask. A line with
// more samples than columns becomes the range of its values in each column. No DOM.

import { abs, max, min, round } from "./arithmetic";
import type { SignalAxis } from "./signal-axis";
import type { Envelope } from "./signal-envelope";
import { firstEndingAfter, type Interval } from "./signal-intervals";
import type { Scale } from "./signal-window";

/** From so many samples a column on, ranges are drawn instead of samples. */
const DENSE = 2;

/** The places that are seen, with one more at either end so that lines leave the drawing. */
export function seen(axis: SignalAxis, scale: Scale): [number, number] {
  const [start, stop] = axis.range(scale.span.low, scale.span.high);
  return [max(0, start - 1), min(axis.length, stop + 1)];
}

/** Whether single samples are drawn. */
export function isSparse(axis: SignalAxis, scale: Scale): boolean {
  const [start, stop] = seen(axis, scale);
  return stop - start <= DENSE * scale.width;
}

/** The line as x, value, x, value, …, with x on the screen. */
export function linePoints(line: Envelope, axis: SignalAxis, scale: Scale): number[] {
  const [first, end] = seen(axis, scale);
  const points: number[] = [];
  if (isSparse(axis, scale)) {
    for (let i = first; i < end; i++) points.push(scale.x(axis.at(i)), line.values[i]!);
    return points;
  }
  const columns = max(1, round(scale.width));
  const wide = scale.width / columns;
  const rightwards = axis.descending === scale.reverse;
  let start = first;
  for (let k = 0; k < columns; k++) {
    const column = rightwards ? k : columns - 1 - k;
    const ends = scale.left + wide * (rightwards ? column + 1 : column);
    const stop = k === columns - 1 ? end : axis.indexAt(scale.position(ends));
    if (stop <= start) continue;
    const [low, high] = line.range(start, stop);
    const x = scale.left + wide * (column + 0.5);
    // Begin at the end that is nearer to where the line comes from.
    const from = points.length ? points[points.length - 1]! : low;
    if (abs(from - high) < abs(from - low)) points.push(x, high, x, low);
    else points.push(x, low, x, high);
    start = stop;
  }
  return points;
}

/** The largest value of each of `count` equally wide columns, left to right. */
export function columnMaxima(map: Envelope, axis: SignalAxis, scale: Scale, count: number): Float32Array {
  const maxima = new Float32Array(count);
  const wide = scale.width / count;
  for (let k = 0; k < count; k++) {
    const x = scale.left + k * wide;
    const a = axis.indexAt(scale.position(x));
    const b = axis.indexAt(scale.position(x + wide));
    if (abs(a - b) < 2) maxima[k] = map.values[axis.indexAt(scale.position(x + wide / 2))]!;
    else maxima[k] = map.range(min(a, b), max(a, b))[1];
  }
  return maxima;
}

/** Smallest and largest value of what is seen of all lines. */
export function seenRange(lines: readonly Envelope[], axis: SignalAxis, scale: Scale): [number, number] {
  const [start, stop] = axis.range(scale.span.low, scale.span.high);
  let [low, high] = [Infinity, -Infinity];
  for (const line of lines) {
    const [l, h] = line.range(start, stop);
    low = min(low, l);
    high = max(high, h);
  }
  return [low, high];
}

/** Room above and below, and around a constant. */
export function padded(low: number, high: number, share = 0.06): [number, number] {
  const room = (high - low) * share || max(abs(high) * 0.1, 1e-12) || 1;
  return [low - room, high + room];
}

/** Screen spans of runs, left to right, at least `least` wide; those that touch are joined. */
export function bands(runs: readonly Interval[], axis: SignalAxis, scale: Scale, least = 1): [number, number][] {
  const [start, stop] = axis.range(scale.span.low, scale.span.high);
  const found: [number, number][] = [];
  const [left, right] = [scale.left, scale.left + scale.width];
  for (let n = firstEndingAfter(runs, start); n < runs.length && runs[n]![0] < stop; n++) {
    let [a, b] = scale.ends(...axis.span(runs[n]![0], runs[n]![1]));
    if (b - a < least) [a, b] = [(a + b - least) / 2, (a + b + least) / 2];
    a = max(left, a);
    b = min(right, b);
    if (b <= a) continue;
    const last = found[found.length - 1];
    if (last && a <= last[1] && b >= last[0]) {
      last[0] = min(last[0], a);
      last[1] = max(last[1], b);
    } else found.push([a, b]);
  }
  return axis.descending === scale.reverse ? found : found.reverse();
}
