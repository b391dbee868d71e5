import { describe, expect, it } from "vitest";
import { ascending, maximum, quantile, shareAbove } from "../src/threshold";

describe("threshold", () => {
  const map = Float32Array.from([3, 0, 1, 1]);

  it("finds the maximum, never below zero", () => {
    expect(maximum(map)).toBe(3);
    expect(maximum(Float32Array.from([-2, -1]))).toBe(0);
    expect(maximum(new Float32Array(0))).toBe(0);
  });

  it("sorts numbers as numbers, leaving the map alone", () => {
    expect([...ascending(Float32Array.from([10, 9, 100]))]).toEqual([9, 10, 100]);
    ascending(map);
    expect([...map]).toEqual([3, 0, 1, 1]);
  });

  it("says which share is at least a value", () => {
    const sorted = ascending(map);
    expect(shareAbove(sorted, 3)).toBe(0.25);
    expect(shareAbove(sorted, 1)).toBe(0.75);
    expect(shareAbove(sorted, 0)).toBe(1);
    expect(shareAbove(sorted, 3.5)).toBe(0);
    expect(shareAbove(new Float32Array(0), 1)).toBe(0);
  });

  it("finds quantiles and keeps within the ends", () => {
    const sorted = Float32Array.from([0, 1, 2, 3, 4]);
    expect(quantile(sorted, 0.5)).toBe(2);
    expect(quantile(sorted, -1)).toBe(0);
    expect(quantile(sorted, 7)).toBe(4);
    expect(quantile(new Float32Array(0), 0.5)).toBe(0);
  });
});
