import { describe, expect, it } from "vitest";
import { complement, runAt, runsOf, Selection, total, withInterval, type Interval } from "../src/signal-intervals";

function painted(runs: readonly Interval[], n: number): string {
  const mask = new Uint8Array(n);
  for (const [a, b] of runs) mask.fill(1, a, b);
  return mask.join("");
}

describe("intervals", () => {
  it("are the runs of a mask", () => {
    expect(runsOf(Uint8Array.of(1, 0, 1, 1, 0, 0, 1))).toEqual([[0, 1], [2, 4], [6, 7]]);
    expect(runsOf(new Uint8Array(3))).toEqual([]);
  });

  it("do what a mask does, whatever is added and taken out", () => {
    const n = 40;
    let state = 7;
    const random = (below: number) => (state = (state * 48271) % 2147483647) % below;
    for (let round = 0; round < 200; round++) {
      const mask = new Uint8Array(n);
      let runs: readonly Interval[] = [];
      for (let step = 0; step < 12; step++) {
        const a = random(n);
        const b = a + 1 + random(n - a);
        const on = random(3) > 0;
        mask.fill(on ? 1 : 0, a, b);
        runs = withInterval(runs, [a, b], on);
        expect(painted(runs, n)).toBe(mask.join(""));
        expect(runs).toEqual(runsOf(mask));
      }
    }
  });

  it("are found, counted and turned round", () => {
    const runs: Interval[] = [[2, 4], [6, 9]];
    expect([1, 2, 3, 4, 6, 8, 9].map((i) => runAt(runs, i)?.[0] ?? null)).toEqual([null, 2, 2, null, 6, 6, null]);
    expect(total(runs)).toBe(5);
    expect(complement(runs, 10)).toEqual([[0, 2], [4, 6], [9, 10]]);
    expect(complement([], 3)).toEqual([[0, 3]]);
    expect(complement([[0, 3]], 3)).toEqual([]);
  });
});

describe("a selection", () => {
  it("undoes and does again", () => {
    const s = new Selection();
    s.add({ tool: "brush", start: 2, stop: 8 });
    s.add({ tool: "eraser", start: 4, stop: 5 });
    expect(s.runs).toEqual([[2, 4], [5, 8]]);
    expect(s.clear()).toBe(true);
    expect([s.runs.length, s.clear()]).toEqual([0, false]);
    s.undo();
    s.undo();
    expect(s.runs).toEqual([[2, 8]]);
    s.redo();
    expect(s.runs).toEqual([[2, 4], [5, 8]]);
    s.add({ tool: "brush", start: 0, stop: 1 });
    expect([s.canRedo, s.redo()]).toEqual([false, false]);
    s.restore([{ tool: "brush", start: 1, stop: 2 }]);
    expect([s.runs, s.canUndo, s.canRedo]).toEqual([[[1, 2]], true, false]);
  });
});
