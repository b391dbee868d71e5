// Smallest and largest value of any stretch of a signal in logarithmic time: a pyramid of blocks,
// each level eight times coarser. It is what keeps a million samples fluid. No DOM.

import { floor, max, min } from "./arithmetic";

const FAN = 8;

interface Level {
  readonly size: number;
  readonly low: Float32Array;
  readonly high: Float32Array;
}

export class Envelope {
  readonly #levels: Level[] = [];
  readonly low: number;
  readonly high: number;

  constructor(readonly values: Float32Array) {
    let low = values;
    let high = values;
    let size = 1;
    while (low.length > FAN) {
      const count = floor(low.length / FAN);
      if (count < 1) break;
      const l = new Float32Array(count);
      const h = new Float32Array(count);
      for (let block = 0; block < count; block++) {
        let least = Infinity;
        let most = -Infinity;
        for (let i = block * FAN, end = i + FAN; i < end; i++) {
          if (low[i]! < least) least = low[i]!;
          if (high[i]! > most) most = high[i]!;
        }
        l[block] = least;
        h[block] = most;
      }
      size *= FAN;
      this.#levels.push({ size, low: l, high: h });
      low = l;
      high = h;
    }
    [this.low, this.high] = this.range(0, values.length);
  }

  /** Smallest and largest of the values start … stop - 1; [Infinity, -Infinity] of none. */
  range(start: number, stop: number): [number, number] {
    let least = Infinity;
    let most = -Infinity;
    let i = max(0, start);
    const end = min(this.values.length, stop);
    while (i < end) {
      let level: Level | null = null;
      for (const candidate of this.#levels) {
        if (i % candidate.size || i + candidate.size > end) break;
        if (i / candidate.size >= candidate.low.length) break;
        level = candidate;
      }
      if (level) {
        const block = i / level.size;
        if (level.low[block]! < least) least = level.low[block]!;
        if (level.high[block]! > most) most = level.high[block]!;
        i += level.size;
      } else {
        const v = this.values[i++]!;
        if (v < least) least = v;
        if (v > most) most = v;
      }
    }
    return [least, most];
  }
}
