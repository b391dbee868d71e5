// Which part of an axis is seen, and where it lies on the screen. No DOM.

import { max, min } from "./arithmetic";
import type { SignalAxis } from "./signal-axis";

export interface Span {
  readonly low: number;
  readonly high: number;
}

/** At least so many places are seen, so that zooming ends somewhere sensible. */
const FEWEST = 4;

/** The part to show from what the traits say: null means the whole, the rest is kept inside. */
export function windowOf(axis: SignalAxis, start: number | null, end: number | null): Span {
  const low = start ?? axis.low;
  const high = end ?? axis.high;
  return clampSpan(axis, low <= high ? { low, high } : { low: high, high: low });
}

/** The nearest part inside the axis that is not narrower than a few places. */
export function clampSpan(axis: SignalAxis, s: Span): Span {
  const whole = axis.high - axis.low;
  const least = narrowest(axis, (s.low + s.high) / 2);
  const wide = min(whole, max(s.high - s.low, least));
  const middle = (s.low + s.high) / 2;
  const low = min(axis.high - wide, max(axis.low, middle - wide / 2));
  return { low, high: low + wide };
}

function narrowest(axis: SignalAxis, position: number): number {
  const count = min(FEWEST, axis.length);
  const start = min(axis.length - count, max(0, axis.indexAt(position) - (count >> 1)));
  const [low, high] = axis.span(start, start + count);
  return high - low;
}

/** Zoom by a factor so that position `at` stays where it is. */
export function zoomSpan(axis: SignalAxis, s: Span, factor: number, at: number): Span {
  const least = narrowest(axis, at);
  const wide = min(axis.high - axis.low, max(least, (s.high - s.low) / factor));
  const share = (at - s.low) / (s.high - s.low);
  const low = at - share * wide;
  return clampSpan(axis, { low, high: low + wide });
}

/** Move by a share of what is seen; keeps its width at the ends. */
export function moveSpan(axis: SignalAxis, s: Span, by: number): Span {
  return clampSpan(axis, { low: s.low + by, high: s.high + by });
}

/** Whether all of the axis is seen, up to rounding. */
export function isWhole(axis: SignalAxis, s: Span): boolean {
  return s.high - s.low >= (axis.high - axis.low) * (1 - 1e-9);
}

/** From positions to screen and back, within `left … left + width`. */
export class Scale {
  constructor(
    readonly span: Span,
    readonly left: number,
    readonly width: number,
    readonly reverse: boolean,
  ) {}

  x(position: number): number {
    const share = (position - this.span.low) / (this.span.high - this.span.low);
    return this.left + (this.reverse ? 1 - share : share) * this.width;
  }

  position(x: number): number {
    const share = min(1, max(0, (x - this.left) / this.width));
    return this.span.low + (this.reverse ? 1 - share : share) * (this.span.high - this.span.low);
  }

  /** Screen ends of a span, left first. */
  ends(low: number, high: number): [number, number] {
    const a = this.x(low);
    const b = this.x(high);
    return a < b ? [a, b] : [b, a];
  }
}
