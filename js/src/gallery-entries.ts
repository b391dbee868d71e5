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
 * Where the bars of similarities begin and end, as shares (left, right) of their tracks. All have
 * one scale: 0 to 1, from −1 where there are values below zero, or wider where values are larger.
 */
export function barsOf(similarities: readonly number[]): [number, number][] {
  const least = min(0, ...similarities);
  const low = least < 0 ? min(-1, least) : 0;
  const span = max(1, ...similarities) - low;
  return similarities.map((s) => [(min(0, s) - low) / span, (max(0, s) - low) / span]);
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
