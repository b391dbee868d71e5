// What is heard: samples with everything but some intervals silenced, at a rate that browsers play.
// No audio here.

import { ceil, max, min, round } from "./arithmetic";
import type { Interval } from "./signal-intervals";

/** Rates that every browser plays. */
export const LOWEST_RATE = 8000;
export const HIGHEST_RATE = 96_000;

/** Borders are faded over so many seconds, inside what is heard: else they would click. */
const FADE_SECONDS = 0.002;

/** Samples with silence outside the intervals (everything is heard where `runs` is null). */
export function heard(samples: Float32Array, runs: readonly Interval[] | null, rate: number): Float32Array {
  if (!runs) return samples.slice();
  const out = new Float32Array(samples.length);
  const most = round(FADE_SECONDS * rate);
  for (const [start, stop] of runs) {
    const fade = min(most, (stop - start) >> 2);
    for (let i = start; i < stop; i++) {
      const edge = min(start > 0 ? i - start + 1 : fade + 1, stop < samples.length ? stop - i : fade + 1);
      out[i] = samples[i]! * min(1, edge / (fade + 1));
    }
  }
  return out;
}

/** How many times each sample is to be divided so that the rate can be played; null if it cannot. */
export function divisions(rate: number): number | null {
  if (!(rate >= 1) || rate > HIGHEST_RATE) return null;
  return max(1, ceil(LOWEST_RATE / rate));
}

/** Straight lines between samples, `times` as many of them. */
export function divided(samples: Float32Array, times: number): Float32Array {
  if (times === 1) return samples;
  const out = new Float32Array(samples.length * times);
  for (let i = 0; i < samples.length; i++) {
    const from = samples[i]!;
    const to = samples[min(i + 1, samples.length - 1)]!;
    for (let k = 0; k < times; k++) out[i * times + k] = from + ((to - from) * k) / times;
  }
  return out;
}

/** What brings the loudest sample to 1 where it is above; quiet sounds stay quiet. */
export function gainFor(peak: number): number {
  return peak > 1 ? 1 / peak : 1;
}
