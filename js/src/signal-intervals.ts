// Sets of places along one axis as sorted, half-open intervals that neither touch nor overlap, and
// the selections that a person makes with undo and redo. No DOM.

import { max, min } from "./arithmetic";

/** [start, stop): places start … stop - 1. */
export type Interval = readonly [number, number];

export type IntervalStroke =
  | { readonly tool: "brush" | "eraser"; readonly start: number; readonly stop: number }
  | { readonly tool: "clear" };

/** The runs of a mask with one byte a place. */
export function runsOf(mask: Uint8Array): Interval[] {
  const runs: Interval[] = [];
  let start = -1;
  for (let i = 0; i <= mask.length; i++) {
    if (mask[i]) {
      if (start < 0) start = i;
    } else if (start >= 0) {
      runs.push([start, i]);
      start = -1;
    }
  }
  return runs;
}

/** Index of the first run that ends behind `place`. */
export function firstEndingAfter(runs: readonly Interval[], place: number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle]![1] <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The run that holds a place, or null. */
export function runAt(runs: readonly Interval[], place: number): Interval | null {
  const run = runs[firstEndingAfter(runs, place)];
  return run && run[0] <= place ? run : null;
}

/** The runs with one interval added to them or taken out. */
export function withInterval(runs: readonly Interval[], [start, stop]: Interval, on: boolean): Interval[] {
  // Runs that end where the interval starts touch it: they are joined when adding.
  const from = firstEndingAfter(runs, on ? start - 1 : start);
  let to = from;
  let joined: Interval = [start, stop];
  const rest: Interval[] = [];
  while (to < runs.length && runs[to]![0] <= (on ? stop : stop - 1)) {
    const run = runs[to++]!;
    joined = [min(joined[0], run[0]), max(joined[1], run[1])];
    if (run[0] < start) rest.push([run[0], start]);
    if (run[1] > stop) rest.push([stop, run[1]]);
  }
  return [...runs.slice(0, from), ...(on ? [joined] : rest), ...runs.slice(to)];
}

/** Number of places in all runs. */
export function total(runs: readonly Interval[]): number {
  return runs.reduce((sum, [start, stop]) => sum + stop - start, 0);
}

/** Everything from 0 to `length` that no run holds. */
export function complement(runs: readonly Interval[], length: number): Interval[] {
  const gaps: Interval[] = [];
  let at = 0;
  for (const [start, stop] of runs) {
    if (start > at) gaps.push([at, start]);
    at = stop;
  }
  if (at < length) gaps.push([at, length]);
  return gaps;
}

/** What is selected, what can be undone, and what can be done again. */
export class Selection {
  runs: readonly Interval[] = [];
  #done: IntervalStroke[] = [];
  #undone: IntervalStroke[] = [];

  get strokes(): readonly IntervalStroke[] {
    return this.#done;
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  add(stroke: IntervalStroke): void {
    this.#done.push(stroke);
    this.#undone = [];
    this.#apply(stroke);
  }

  undo(): boolean {
    const stroke = this.#done.pop();
    if (!stroke) return false;
    this.#undone.push(stroke);
    this.#replay();
    return true;
  }

  redo(): boolean {
    const stroke = this.#undone.pop();
    if (!stroke) return false;
    this.#done.push(stroke);
    this.#apply(stroke);
    return true;
  }

  /** Take everything out, as a step that can be undone. False if there is nothing. */
  clear(): boolean {
    if (!this.runs.length) return false;
    this.add({ tool: "clear" });
    return true;
  }

  restore(strokes: readonly IntervalStroke[]): void {
    this.#done = [...strokes];
    this.#undone = [];
    this.#replay();
  }

  #replay(): void {
    this.runs = [];
    for (const stroke of this.#done) this.#apply(stroke);
  }

  #apply(s: IntervalStroke): void {
    this.runs = s.tool === "clear" ? [] : withInterval(this.runs, [s.start, s.stop], s.tool === "brush");
  }
}
