import { describe, expect, it } from "vitest";
import { SignalAxis } from "../src/signal-axis";
import { clampSpan, isWhole, moveSpan, Scale, windowOf, zoomSpan } from "../src/signal-window";

const words = { name: "time", unit: "s", rate: null };
const regular = new SignalAxis(10, words, 5, 2);
const falling = new SignalAxis(4, words, 0, 1, Float64Array.of(100, 90, 60, 50));

describe("positions of places", () => {
  it("are regular from a first one on", () => {
    expect([regular.at(0), regular.at(9), regular.edge(0), regular.low, regular.high]).toEqual([5, 23, 4, 4, 24]);
    expect([3, 5.9, 6.1, 23, 99].map((p) => regular.indexAt(p))).toEqual([0, 0, 1, 9, 9]);
    expect(regular.range(7, 9)).toEqual([1, 3]);
  });

  it("may fall and be irregular: edges lie halfway", () => {
    expect([0, 1, 2, 3, 4].map((i) => falling.edge(i))).toEqual([105, 95, 75, 55, 45]);
    expect([falling.low, falling.high, falling.descending]).toEqual([45, 105, true]);
    expect([200, 96, 94, 76, 74, 56, 54, 0].map((p) => falling.indexAt(p))).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(falling.range(60, 90)).toEqual([1, 3]);
    expect(falling.span(1, 3)).toEqual([55, 95]);
  });

  it("every place is found at its own position, in either direction", () => {
    let p = 0;
    const rising = Float64Array.from({ length: 200 }, (_, i) => (p += 1 + ((i * 7) % 5)));
    for (const places of [rising, rising.slice().reverse()]) {
      const axis = new SignalAxis(200, words, 0, 1, places);
      for (let i = 0; i < 200; i++) expect(axis.indexAt(axis.at(i))).toBe(i);
    }
  });

  it("knows a single place", () => {
    const one = new SignalAxis(1, words, 0, 1, Float64Array.of(7));
    expect([one.low, one.high, one.indexAt(0)]).toEqual([6.5, 7.5, 0]);
  });

  it("refuses positions that are too few", () => {
    expect(() => new SignalAxis(3, words, 0, 1, Float64Array.of(1))).toThrow(RangeError);
  });
});

describe("the part that is seen", () => {
  it("is all of it unless told, in any order, and stays inside", () => {
    expect(windowOf(regular, null, null)).toEqual({ low: 4, high: 24 });
    expect(windowOf(regular, 20, 8)).toEqual({ low: 8, high: 20 });
    expect(windowOf(regular, -50, 8)).toEqual({ low: 4, high: 24 });
    expect(clampSpan(regular, { low: 20, high: 30 })).toEqual({ low: 14, high: 24 });
    expect(isWhole(regular, windowOf(regular, null, null))).toBe(true);
  });

  it("keeps a few places and the position under the pointer", () => {
    const s = zoomSpan(regular, { low: 4, high: 24 }, 2, 9);
    expect([s.low, s.high]).toEqual([6.5, 16.5]);
    const narrow = zoomSpan(regular, s, 1000, 9);
    expect(narrow.high - narrow.low).toBe(8);
    expect(isWhole(regular, zoomSpan(regular, narrow, 1e-9, 9))).toBe(true);
  });

  it("moves without changing its width", () => {
    expect(moveSpan(regular, { low: 6, high: 16 }, 100)).toEqual({ low: 14, high: 24 });
  });

  it("lies on the screen either way round", () => {
    const right = new Scale({ low: 0, high: 10 }, 50, 100, false);
    const left = new Scale({ low: 0, high: 10 }, 50, 100, true);
    expect([right.x(2), left.x(2)]).toEqual([70, 130]);
    expect([right.position(70), left.position(100), left.position(-9)]).toEqual([2, 5, 10]);
    expect(left.ends(2, 4)).toEqual([110, 130]);
  });
});
