// What a view of a change shows: its facts, the curves of two probabilities, the region's border
// and the difference of two pictures. No DOM.

import { abs, finite, max, min, round } from "./arithmetic";

export interface Sample {
  readonly verdict: string;
  /** Probability of the class asked for; null before it is known. */
  readonly sure: number | null;
  /** Of the finished picture: the probability of the class given before, and of the one asked for; else empty. */
  readonly pair: readonly number[];
  /** The class that a second classifier gives it; empty where none was asked. */
  readonly second: string;
  /** Whether that is another class than the first classifier's. */
  readonly doubted: boolean;
  /** What became of it, in a sentence. */
  readonly words: string;
}

export interface Story {
  readonly height: number;
  readonly width: number;
  /** Names of the class given before, and of the class asked for. */
  readonly names: readonly string[];
  /** Numbers of the bridge's steps, the first one first. */
  readonly steps: readonly number[];
  /** Steps of which there is a picture, counted from 0. */
  readonly moments: readonly number[];
  readonly samples: readonly Sample[];
  /** −1 before a sample has formed. */
  readonly best: number;
  readonly finished: boolean;
}

const numbers = (v: unknown): number[] => (Array.isArray(v) ? v.filter(finite) : []);
const whole = (v: unknown) => (Number.isInteger(v) ? (v as number) : 0);

/** A trait's story; what is not well-formed is empty. */
export function storyOf(given: any): Story {
  const samples = Array.isArray(given?.samples) ? given.samples : [];
  return {
    height: whole(given?.height),
    width: whole(given?.width),
    names: [0, 1].map((i) => (typeof given?.names?.[i] === "string" ? given.names[i] : "")),
    steps: numbers(given?.steps),
    moments: numbers(given?.moments),
    samples: samples.map((one: any) => ({
      verdict: String(one?.verdict ?? ""),
      sure: finite(one?.sure) ? one.sure : null,
      pair: numbers(one?.pair),
      second: String(one?.second ?? ""),
      doubted: one?.doubted === true,
      words: String(one?.words ?? ""),
    })),
    best: whole(given?.best),
    finished: given?.finished === true,
  };
}

/** The sample that is on show: the chosen one, else the best, or the first before there is one. */
export function sampleOf(story: Story, chosen: number): number {
  return chosen >= 0 && chosen < story.samples.length ? chosen : max(0, story.best);
}

/** The moment's number in `moments`; −1 is the picture as it stands now. */
export function momentOf(story: Story, moment: number): number {
  return moment >= 0 && moment < story.moments.length ? moment : -1;
}

/** What the slider over the steps says of a sample. */
export function momentWords(story: Story, moment: number, sample = -1): string {
  const at = story.moments[momentOf(story, moment)];
  const early = (story.moments[story.moments.length - 1] ?? -1) < story.steps.length - 1;
  if (at === undefined && early && story.samples[sample]?.verdict === "failed") return "stopped";
  if (at === undefined) return story.finished ? "finished" : story.moments.length ? "now" : "not begun";
  return `step ${at + 1} of ${story.steps.length}`;
}

/** Signs for those who do not see colours. */
export const SIGNS: Record<string, string> = { reached: "✓", flipped: "≈", unchanged: "×", failed: "!" };

/**
 * Curves of one of the two classes as an SVG path in a box of 100 × 100; `values` are shares (n, S,
 * 2), NaN where a step is not done.
 */
export function curvePath(values: Float32Array, steps: number, samples: readonly number[], which: number): string {
  let path = "";
  for (const sample of samples) {
    let pen = "M";
    for (let i = 0; i < steps; i++) {
      const p = values[(sample * steps + i) * 2 + which]!;
      if (!finite(p)) continue;
      path += `${pen}${placed(i / max(1, steps - 1))} ${placed(1 - min(1, max(0, p)))}`;
      pen = "L";
    }
  }
  return path;
}

const placed = (share: number) => round(share * 1e4) / 100;

/** A sample's two probabilities at a step, or at the last one that is done; NaN where none is. */
export function chancesAt(values: Float32Array, steps: number, sample: number, step: number): number[] {
  let at = step < 0 ? steps - 1 : step;
  while (step < 0 && at > 0 && !finite(values[(sample * steps + at) * 2])) at--;
  return [0, 1].map((which) => values[(sample * steps + at) * 2 + which] ?? NaN);
}

/** The border of a mask as an SVG path in its own pixels; neighbouring pieces are one line. */
export function borderPath(mask: Uint8Array, width: number, height: number): string {
  let path = "";
  const at = (x: number, y: number) => (x >= 0 && y >= 0 && x < width && y < height ? mask[y * width + x]! : 0);
  const lines = (across: number, along: number, edge: (i: number, j: number) => number, draw: (i: number, from: number, to: number) => string) => {
    for (let i = 0; i <= across; i++) {
      let from = -1;
      for (let j = 0; j <= along; j++) {
        const here = j < along && edge(i, j);
        if (here && from < 0) from = j;
        if (!here && from >= 0) {
          path += draw(i, from, j);
          from = -1;
        }
      }
    }
  };
  lines(height, width, (y, x) => at(x, y) ^ at(x, y - 1), (y, from, to) => `M${from} ${y}H${to}`);
  lines(width, height, (x, y) => at(x, y) ^ at(x - 1, y), (x, from, to) => `M${x} ${from}V${to}`);
  return path;
}

// Blue and red of ColorBrewer's RdBu, which colour-blind people can tell apart, and what is between.
const DARKER = [33, 102, 172];
const BRIGHTER = [178, 24, 43];
const SAME = 247;

/**
 * The difference of two RGBA pictures of one size: blue where the second is darker, red where it is
 * brighter. Returns the pixels, and the largest difference of all as a share of the range.
 */
export function difference(before: Uint8ClampedArray, after: Uint8ClampedArray): [Uint8ClampedArray<ArrayBuffer>, number] {
  const rgba = new Uint8ClampedArray(before.length);
  const apart = (o: number) => (after[o]! + after[o + 1]! + after[o + 2]! - before[o]! - before[o + 1]! - before[o + 2]!) / 765;
  let top = 0;
  for (let o = 0; o < before.length; o += 4) top = max(top, abs(apart(o)));
  for (let o = 0; o < before.length; o += 4) {
    const share = apart(o) / (top || 1);
    const end = share < 0 ? DARKER : BRIGHTER;
    for (let c = 0; c < 3; c++) rgba[o + c] = SAME + (end[c]! - SAME) * abs(share);
    rgba[o + 3] = 255;
  }
  return [rgba, top];
}
