// What a gallery strip lists, how long its bars are and where a key leads. No DOM.

import { abs, finite, max, min } from "./arithmetic";
import { value } from "./format";

export interface Entry {
  /** Place among the items as the kernel has them; the list is in another order. */
  readonly index: number;
  readonly name: string;
  readonly similarity: number;
}

/** The well-formed entries of a trait; others are left out. */
export function entriesOf(given: unknown): Entry[] {
  return (Array.isArray(given) ? given : []).filter(
    (one) => Number.isInteger(one?.index) && typeof one.name === "string" && finite(one.similarity),
  );
}

/**
 * Where zero is on the bars' tracks, and where each bar ends, as shares 0..1. All have one scale,
 * to 1 (to −1 where nothing is above zero), and further where similarities are.
 */
export function barsOf(similarities: readonly number[]): { zero: number; ends: number[] } {
  const [least, most] = [min(0, ...similarities), max(0, ...similarities)];
  const low = most > 0 ? least : min(-1, least);
  const span = (most > 0 ? max(1, most) : 0) - low;
  return { zero: -low / span, ends: similarities.map((s) => (s - low) / span) };
}

/** A similarity as people read it: "0.830", "−0.041", "12.3". */
export function similarityWords(similarity: number): string {
  return (abs(similarity) <= 1 ? similarity.toFixed(3) : value(similarity)).replace("-", "−");
}

/** Where a key leads in a row of `count` from place `at`; undefined if nowhere. */
export function placeAfter(key: string, at: number, count: number): number | undefined {
  const to = {
    ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: count - 1,
  }[key];
  return to === undefined || !count ? undefined : min(count - 1, max(0, to));
}
