// What the list of mutants says, and how fast a slider may talk to the kernel.

export interface Mutant {
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
      typeof one?.passed === "boolean" && typeof one.label === "string" &&
      Number.isFinite(one.confidence) && Number.isFinite(one.target),
  );
}

/** Which of the four parts each mutant keeps. */
export function readSubsets(given: unknown): number[][] {
  if (!Array.isArray(given)) return [];
  return given.map((one) => (Array.isArray(one) ? one.filter((part) => Number.isInteger(part)) : []));
}

export function confidenceWords(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** A mutant in words, for screen readers and for whoever hovers. */
export function mutantWords(index: number, kept: readonly number[], mutant: Mutant | undefined): string {
  const parts = kept.map((part) => part + 1);
  const shown = parts.length === 1 ? `part ${parts[0]}` : `parts ${parts.join(", ")}`;
  const name = `Mutant ${index + 1}, ${shown}`;
  if (mutant === undefined) return name;
  const verdict = mutant.passed ? "passed" : "failed";
  return `${name}: ${verdict}; the model says ${mutant.label}, ${confidenceWords(mutant.confidence)}`;
}

/** Hands on the newest of many positions: the first at once, then at most one in so many ms. */
export class SeekQueue {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private next: number | undefined;

  constructor(
    private readonly hand: (position: number) => void,
    private readonly ms: number,
  ) {}

  get busy(): boolean {
    return this.timer !== undefined;
  }

  give(position: number): void {
    this.next = position;
    if (this.timer === undefined) this.pass();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private pass(): void {
    this.timer = undefined;
    if (this.next === undefined) return;
    const position = this.next;
    this.next = undefined;
    this.timer = setTimeout(() => this.pass(), this.ms);
    this.hand(position);
  }
}
