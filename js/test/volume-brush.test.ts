import { describe, expect, it } from "vitest";
import { RegionHistory, type Sweep } from "../src/volume-brush";
import type { Triple } from "../src/volume-planes";

const SHAPE: Triple = [9, 10, 11];
const BALL: Omit<Sweep, "points"> = { tool: "brush", shape: "ball", axis: 2, size: 5 };

function dab(history: RegionHistory, stroke: Omit<Sweep, "points">, ...places: Triple[]): void {
  history.begin(stroke);
  for (const place of places) history.extend(place);
  history.end();
}

/** The voxels that a rule names, in C order. */
function ruled(rule: (i: number, j: number, k: number) => boolean): Uint8Array {
  const out = new Uint8Array(SHAPE[0] * SHAPE[1] * SHAPE[2]);
  let o = 0;
  for (let i = 0; i < SHAPE[0]; i++) {
    for (let j = 0; j < SHAPE[1]; j++) for (let k = 0; k < SHAPE[2]; k++) out[o++] = rule(i, j, k) ? 1 : 0;
  }
  return out;
}

describe("the brush", () => {
  it("paints a ball in millimetres, whatever the voxels' sizes", () => {
    const history = new RegionHistory(SHAPE, [1, 2, 0.5]);
    dab(history, BALL, [4, 5, 5]);
    const wanted = ruled((i, j, k) => (i - 4) ** 2 + (2 * (j - 5)) ** 2 + (0.5 * (k - 5)) ** 2 <= 2.5 ** 2);
    expect(history.mask).toEqual(wanted);
    expect(history.painted).toBe(wanted.reduce((a, b) => a + b));
  });

  it("paints one slice only if asked to", () => {
    for (const axis of [0, 1, 2] as const) {
      const history = new RegionHistory(SHAPE, [1, 1, 1]);
      dab(history, { ...BALL, shape: "slice", axis }, [4, 5, 5]);
      const wanted = ruled((i, j, k) => {
        const d = [i - 4, j - 5, k - 5];
        return d[axis] === 0 && d[0]! ** 2 + d[1]! ** 2 + d[2]! ** 2 <= 2.5 ** 2;
      });
      expect(history.mask).toEqual(wanted);
    }
  });

  it("leaves no gaps along a quick movement", () => {
    const history = new RegionHistory(SHAPE, [1, 1, 1]);
    dab(history, { ...BALL, size: 2 }, [1, 5, 5], [7, 5, 5]);
    for (let i = 1; i <= 7; i++) expect(history.mask[(i * 10 + 5) * 11 + 5]).toBe(1);
  });

  it("paints at least the voxel under it", () => {
    const history = new RegionHistory(SHAPE, [3, 3, 3]);
    dab(history, { ...BALL, size: 0.1 }, [4.4, 5.4, 4.6]);
    expect(history.mask).toEqual(ruled((i, j, k) => i === 4 && j === 5 && k === 5));
  });

  it("stays inside the volume", () => {
    const history = new RegionHistory(SHAPE, [1, 1, 1]);
    dab(history, BALL, [-4, -4, -4], [0, 0, 0]);
    expect(history.mask).toEqual(ruled((i, j, k) => i * i + j * j + k * k <= 2.5 ** 2));
  });
});

describe("undo and redo", () => {
  function painted(): RegionHistory {
    const history = new RegionHistory(SHAPE, [1, 1, 2]);
    dab(history, BALL, [4, 5, 5], [4, 6, 5]);
    dab(history, { ...BALL, tool: "eraser", size: 3 }, [4, 5, 5]);
    dab(history, BALL, [1, 1, 1]);
    history.clear();
    dab(history, BALL, [7, 7, 7]);
    return history;
  }

  it("go back and forth over every step", () => {
    const history = painted();
    const masks = [history.mask.slice()];
    const counts = [history.painted];
    while (history.undo()) {
      masks.push(history.mask.slice());
      counts.push(history.painted);
    }
    expect(masks.length).toBe(6);
    expect(history.painted).toBe(0);
    expect(history.mask.some((v) => v)).toBe(false);
    for (let n = masks.length - 2; n >= 0; n--) {
      expect(history.redo()).toBe(true);
      expect(history.mask).toEqual(masks[n]);
      expect(history.painted).toBe(counts[n]);
    }
    expect(history.redo()).toBe(false);
  });

  it("come back from the strokes alone", () => {
    const history = painted();
    const again = new RegionHistory(SHAPE, [1, 1, 2]);
    again.restore(null, JSON.parse(JSON.stringify(history.strokes)));
    expect(again.mask).toEqual(history.mask);
    expect(again.painted).toBe(history.painted);
    again.undo();
    expect(again.painted).toBe(0);
  });

  it("start from a given region", () => {
    const base = ruled((i) => i < 3);
    const history = new RegionHistory(SHAPE, [1, 1, 1]);
    history.restore(base, []);
    expect(history.painted).toBe(3 * 110);
    dab(history, { ...BALL, tool: "eraser" }, [0, 0, 0]);
    expect(history.painted).toBeLessThan(330);
    history.undo();
    expect(history.mask).toEqual(base);
    expect(history.clear()).toBe(true);
    expect(history.clear()).toBe(false);
    history.undo();
    expect(history.mask).toEqual(base);
  });

  it("forget what was undone once something is painted", () => {
    const history = painted();
    history.undo();
    dab(history, BALL, [2, 2, 2]);
    expect(history.canRedo).toBe(false);
  });
});
