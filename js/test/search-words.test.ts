import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { confidenceWords, mutantWords, readMutants, SeekQueue } from "../src/search-words";

const mutant = { kept: [0, 2], passed: true, label: "<b>cat</b>", confidence: 0.754, target: 0.75 };

describe("mutants", () => {
  it("are read, and anything else is left out", () => {
    expect(readMutants([mutant])).toEqual([mutant]);
    for (const wrong of [null, {}, "x", { ...mutant, kept: 3 }, { ...mutant, target: NaN }]) {
      expect(readMutants([wrong])).toEqual([]);
    }
    expect(readMutants(undefined)).toEqual([]);
  });

  it("are said in words, counted from 1", () => {
    expect(mutantWords(5, mutant)).toBe("Mutant 6, parts 1, 3: passed; the model says <b>cat</b>, 75%");
    const failing = { ...mutant, kept: [3], passed: false };
    expect(mutantWords(3, failing)).toContain("Mutant 4, part 4: failed");
    expect(mutantWords(0, undefined)).toBe("Mutant 1");
    expect(confidenceWords(0.005)).toBe("1%");
  });
});

describe("SeekQueue", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("hands on the first at once and then only the newest, at its pace", () => {
    const handed: number[] = [];
    const queue = new SeekQueue((position) => handed.push(position), 60);
    for (let i = 1; i <= 50; i++) queue.give(i);
    expect(handed).toEqual([1]);
    expect(queue.busy).toBe(true);
    vi.advanceTimersByTime(60);
    expect(handed).toEqual([1, 50]);
    vi.advanceTimersByTime(60);
    expect(queue.busy).toBe(false);
    queue.give(7);
    expect(handed).toEqual([1, 50, 7]);
  });

  it("hands on nothing after it was stopped", () => {
    const handed: number[] = [];
    const queue = new SeekQueue((position) => handed.push(position), 60);
    queue.give(1);
    queue.give(2);
    queue.stop();
    vi.advanceTimersByTime(500);
    expect(handed).toEqual([1]);
  });
});
