// Where the places of a signal lie: position of each, where it begins and ends, and which place is
// at a position. Positions may be regular, or strictly rising or falling. No DOM.

import { floor, max, min } from "./arithmetic";
import { refuse } from "./refuse";

export interface AxisWords {
  readonly name: string;
  readonly unit: string;
  /** Samples a second; null where unknown. */
  readonly rate: number | null;
}

export class SignalAxis {
  /** Outer ends of the whole, low < high. */
  readonly low: number;
  readonly high: number;
  readonly descending: boolean;

  readonly #first: number;
  readonly #step: number;
  readonly #positions: Float64Array | null;

  constructor(
    readonly length: number,
    readonly words: AxisWords,
    first: number,
    step: number,
    positions: Float64Array | null = null,
  ) {
    this.#first = first;
    this.#step = step;
    this.#positions = positions;
    if (positions && positions.length !== length) {
      refuse("There are more or fewer positions than places.");
    }
    this.descending = positions !== null && length > 1 && positions[0]! > positions[length - 1]!;
    const [a, b] = [this.edge(0), this.edge(length)];
    this.low = min(a, b);
    this.high = max(a, b);
  }

  /** Position of a place. */
  at(index: number): number {
    return this.#positions ? this.#positions[index]! : this.#first + index * this.#step;
  }

  /** Where place `index` begins, 0 ≤ index ≤ length: halfway from its neighbour. */
  edge(index: number): number {
    const p = this.#positions;
    const n = this.length;
    if (!p) return this.#first + (index - 0.5) * this.#step;
    if (n === 1) return p[0]! + (index - 0.5) * this.#step;
    if (index <= 0) return p[0]! - (p[1]! - p[0]!) / 2;
    if (index >= n) return p[n - 1]! + (p[n - 1]! - p[n - 2]!) / 2;
    return (p[index - 1]! + p[index]!) / 2;
  }

  /** The place at a position; the first or last one beyond the ends. */
  indexAt(position: number): number {
    const last = this.length - 1;
    if (!this.#positions) {
      const index = floor((position - this.#first) / this.#step + 0.5);
      return min(last, max(0, index));
    }
    let low = 0;
    let high = last;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const edge = this.edge(middle);
      if (this.descending ? edge >= position : edge <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Half-open range of the places that lie in low … high, at least partly. */
  range(low: number, high: number): [number, number] {
    const a = this.indexAt(low);
    const b = this.indexAt(high);
    return [min(a, b), max(a, b) + 1];
  }

  /** Lower and upper end of the places start … stop - 1. */
  span(start: number, stop: number): [number, number] {
    const a = this.edge(start);
    const b = this.edge(stop);
    return a < b ? [a, b] : [b, a];
  }

  /** Distance of neighbours around a place: how exact its position has to be written. */
  stepAt(index: number): number {
    const [a, b] = this.span(index, index + 1);
    return b - a;
  }
}
