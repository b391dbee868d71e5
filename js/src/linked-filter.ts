// Where one map is shown because another is small there: the places at which the other is at most
// one of its quantiles (U-RELAX: importance where the uncertainty is at most its median). Plain
// arrays of any shape, no DOM.

import { floor, max, min } from "./arithmetic";
import { value } from "./format";

/**
 * One of the sorted values: rank floor(q × (n − 1)), counted from 0 at the smallest. At 0.5 it is
 * the lower of the two middle values, as torch.median has it; the kernel finds the same one.
 */
export function lowerQuantile(sorted: Float32Array, q: number): number {
  return sorted[floor(min(1, max(0, q)) * (sorted.length - 1))] ?? NaN;
}

/** 1 where `by` is at most `cut`, ties included; else, and where it is no number, 0. */
export function shownWhere(by: Float32Array, cut: number): Uint8Array {
  const shown = new Uint8Array(by.length);
  for (let i = 0; i < shown.length; i++) if (by[i]! <= cut) shown[i] = 1;
  return shown;
}

/** A copy of `values`, zero where nothing is shown. */
export function keptWhere(values: Float32Array, shown: Uint8Array): Float32Array {
  const kept = new Float32Array(values.length);
  for (let i = 0; i < kept.length; i++) if (shown[i]) kept[i] = values[i]!;
  return kept;
}

/** Why a place is empty, with two numbers that a person can tell apart. */
export function hiddenWords(name: string, here: number, cut: number): string {
  const [a, b] = [value(here), value(cut)];
  return `not shown: ${name} ${a === b ? "just above" : `${a} above`} ${b}`;
}

/** "quantile 50 %". */
export function quantileWords(q: number): string {
  return `quantile ${Number((q * 100).toFixed(1))} %`;
}
