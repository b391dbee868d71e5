// What the list of mutants says, and how fast a slider may talk to the kernel.

import { finite, round } from "./arithmetic";

export interface Mutant {
  /** Which of the parts it keeps, from 0. */
  kept: number[];
  passed: boolean;
  label: string;
  confidence: number;
  target: number;
}

/** The mutants of a split; anything that is none is left out. */
export function readMutants(given: unknown): Mutant[] {
  if (!Array.isArray(given)) return [];
  return given.filter(
    (one): one is Mutant =>
      Array.isArray(one?.kept) && typeof one.passed === "boolean" && typeof one.label === "string" &&
      finite(one.confidence) && finite(one.target),
  );
}

export function confidenceWords(share: number): string {
  return `${round(share * 100)}%`;
}

/** A mutant in words, for screen readers and for whoever hovers. */
export function mutantWords(index: number, mutant: Mutant | undefined): string {
  if (mutant === undefined) return `Mutant ${index + 1}`;
  const parts = mutant.kept.map((part) => part + 1);
  const shown = parts.length === 1 ? `part ${parts[0]}` : `parts ${parts.join(", ")}`;
  const name = `Mutant ${index + 1}, ${shown}`;
  const verdict = mutant.passed ? "passed" : "failed";
  return `${name}: ${verdict}; the model says ${mutant.label}, ${confidenceWords(mutant.confidence)}`;
}

/** Hands on the newest of many positions: the first at once, then at most one in so many ms. */
export class SeekQueue {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #next: number | undefined;

  readonly #hand: (position: number) => void;
  readonly #ms: number;

  constructor(
    hand: (position: number) => void,
    ms: number,
  ) {
    this.#hand = hand;
    this.#ms = ms;
  }

  get busy(): boolean {
    return this.#timer !== undefined;
  }

  give(position: number): void {
    this.#next = position;
    if (this.#timer === undefined) this.#pass();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #pass(): void {
    this.#timer = undefined;
    if (this.#next === undefined) return;
    const position = this.#next;
    this.#next = undefined;
    this.#timer = setTimeout(() => this.#pass(), this.#ms);
    this.#hand(position);
  }
}
