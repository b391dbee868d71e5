import { describe, expect, it } from "vitest";
import { SignalAxis } from "../src/signal-axis";
import { Envelope } from "../src/signal-envelope";
import { bands, columnMaxima, linePoints, padded, seenRange } from "../src/signal-lines";
import { Scale } from "../src/signal-window";

const words = { name: "", unit: "", rate: null };

function noise(n: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length: n }, () => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5);
}

function setting(n: number, width: number, low = -0.5, high = n - 0.5, reverse = false) {
  return { axis: new SignalAxis(n, words, 0, 1), scale: new Scale({ low, high }, 0, width, reverse) };
}

describe("the envelope", () => {
  it("gives the extremes of any stretch, as a plain loop does", () => {
    const values = noise(5000);
    const envelope = new Envelope(values);
    for (const [a, b] of [[0, 5000], [0, 1], [7, 8], [8, 64], [63, 65], [1, 4999], [4093, 5000], [512, 1024], [3, 700]] as const) {
      const part = [...values.subarray(a, b)];
      expect(envelope.range(a, b)).toEqual([Math.min(...part), Math.max(...part)]);
    }
    expect(envelope.range(9, 9)).toEqual([Infinity, -Infinity]);
    expect(envelope.range(-5, 1e9)).toEqual([envelope.low, envelope.high]);
  });

  it("knows a single value", () => {
    expect(new Envelope(Float32Array.of(3)).range(0, 1)).toEqual([3, 3]);
  });
});

describe("a line", () => {
  it("is its samples while there are few", () => {
    const { axis, scale } = setting(5, 100);
    const points = linePoints(new Envelope(Float32Array.of(1, 2, 3, 4, 5)), axis, scale);
    expect(points).toEqual([10, 1, 30, 2, 50, 3, 70, 4, 90, 5]);
  });

  it("loses no peak of a million samples, in either direction", () => {
    const values = new Float32Array(1_000_000);
    values[123_456] = 9;
    values[987_654] = -7;
    for (const reverse of [false, true]) {
      const { axis, scale } = setting(values.length, 700, -0.5, 999_999.5, reverse);
      const points = linePoints(new Envelope(values), axis, scale);
      const ys = points.filter((_, i) => i % 2);
      expect(points.length).toBeLessThanOrEqual(2 * 2 * 700);
      expect([Math.max(...ys), Math.min(...ys)]).toEqual([9, -7]);
      const x = points[2 * ys.indexOf(9)]!;
      expect(Math.abs(x - scale.x(123_456))).toBeLessThan(1.5);
    }
  });

  it("sees one sample more at either end", () => {
    const { axis, scale } = setting(100, 50, 39.5, 49.5);
    expect(linePoints(new Envelope(noise(100)), axis, scale).length).toBe(2 * 13);
  });

  it("has room around it, even where it is constant", () => {
    expect(padded(0, 100)).toEqual([-6, 106]);
    const [low, high] = padded(5, 5);
    expect(low).toBeLessThan(5);
    expect(high).toBeGreaterThan(5);
    expect(padded(0, 0)[1]).toBeGreaterThan(0);
    const { axis, scale } = setting(100, 50, 9.5, 19.5);
    const values = Float32Array.from({ length: 100 }, (_, i) => i);
    expect(seenRange([new Envelope(values)], axis, scale)).toEqual([10, 20]);
  });
});

describe("a map's columns", () => {
  it("hold the largest value of what they cover", () => {
    const values = new Float32Array(10_000);
    values[7777] = 3;
    const { axis, scale } = setting(10_000, 100);
    const maxima = columnMaxima(new Envelope(values), axis, scale, 100);
    expect(maxima.indexOf(3)).toBe(77);
    expect(maxima.filter((v) => v > 0).length).toBe(1);
  });

  it("are as wide as a place once places are wider", () => {
    const { axis, scale } = setting(4, 400);
    const maxima = columnMaxima(new Envelope(Float32Array.of(1, 2, 3, 4)), axis, scale, 400);
    expect([maxima[0], maxima[99], maxima[100], maxima[399]]).toEqual([1, 1, 2, 4]);
  });
});

describe("bands", () => {
  it("lie where the places lie, and are never invisible", () => {
    const { axis, scale } = setting(10, 100);
    expect(bands([[1, 3], [5, 6]], axis, scale)).toEqual([[10, 30], [50, 60]]);
    const far = setting(100_000, 100);
    const [[a, b]] = bands([[50_000, 50_001]], far.axis, far.scale, 1.5) as [[number, number]];
    expect(b - a).toBeCloseTo(1.5);
  });

  it("are joined where they touch, cut at the ends, and ordered on a reversed axis", () => {
    const { axis, scale } = setting(10, 100, 2.5, 9.5, true);
    expect(bands([[0, 4], [6, 8], [9, 10]], axis, scale).map((band) => band.map(Math.round))).toEqual([
      [0, 14], [29, 57], [86, 100],
    ]);
    const dense = setting(100_000, 100);
    const runs = Array.from({ length: 50_000 }, (_, i): [number, number] => [2 * i, 2 * i + 1]);
    expect(bands(runs, dense.axis, dense.scale).length).toBe(1);
  });
});
