import { describe, expect, it } from "vitest";
import { divided, divisions, gainFor, heard } from "../src/signal-sound";

const ones = new Float32Array(1000).fill(1);

describe("what is heard", () => {
  it("is everything without intervals, as a copy", () => {
    const all = heard(ones, null, 8000);
    expect(all).toEqual(ones);
    expect(all).not.toBe(ones);
  });

  it("is silent outside the intervals and fades inside their borders", () => {
    const out = heard(ones, [[100, 300]], 8000);
    expect([out[99], out[300], out[200]]).toEqual([0, 0, 1]);
    expect(out[100]).toBeGreaterThan(0);
    expect(out[100]).toBeLessThan(0.1);
    expect(out[100]).toBeCloseTo(out[299]!);
    expect(out.filter((v) => v !== 0).length).toBe(200);
  });

  it("does not fade at the sound's own ends, and spares short stretches", () => {
    expect(heard(ones, [[0, 1000]], 8000)).toEqual(ones);
    expect([...heard(ones, [[10, 12]], 8000).subarray(9, 13)]).toEqual([0, 1, 1, 0]);
  });

  it("is brought to a rate that browsers play", () => {
    expect([8000, 16000, 4000, 3999, 1, 96000, 96001, 0, NaN].map(divisions)).toEqual([1, 1, 2, 3, 8000, 1, null, null, null]);
    expect([...divided(Float32Array.of(0, 1, -1), 2)]).toEqual([0, 0.5, 1, 0, -1, -1]);
    expect(divided(ones, 1)).toBe(ones);
  });

  it("is never louder than full", () => {
    expect([gainFor(0.1), gainFor(1), gainFor(4)]).toEqual([1, 1, 0.25]);
  });
});
