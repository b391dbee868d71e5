import { describe, expect, it } from "vitest";
import { RegionEdits, type Change } from "../src/region-edits";
import { rasterise } from "../src/region-replay";
import { UNIT, type Shape } from "../src/region-shapes";

const box = (x0: number, y0: number, x1: number, y1: number, op = "add"): Shape =>
  ({ kind: "box", op, points: [x0, y0, x1, y1].map((v) => v * UNIT) }) as Shape;
const pixels = (mask: Uint8Array, width: number): number[][] => {
  const found: number[][] = [];
  mask.forEach((v, i) => {
    if (v) found.push([i % width, Math.floor(i / width)]);
  });
  return found;
};

describe("RegionEdits", () => {
  it("adds, undoes and does again, and says where pixels changed", () => {
    const edits = new RegionEdits(8, 6);
    expect(edits.canUndo).toBe(false);
    const change = edits.add(box(1, 2, 3, 4));
    expect(change).toEqual({ what: "mask", region: "region", rect: { x0: 1, y0: 2, x1: 3, y1: 4 } });
    expect(pixels(edits.mask(), 8)).toEqual([[1, 2], [2, 2], [1, 3], [2, 3]]);
    expect(edits.area()).toBe(4);
    expect(edits.undo()!.rect).toEqual(change.rect);
    expect(edits.area()).toBe(0);
    expect(edits.canRedo).toBe(true);
    edits.redo();
    expect(edits.area()).toBe(4);
    expect(edits.redo()).toBeNull();
  });

  it("forgets what was undone when something new is done", () => {
    const edits = new RegionEdits(8, 6);
    edits.add(box(0, 0, 2, 2));
    edits.undo();
    edits.add(box(4, 4, 5, 5));
    expect(edits.redo()).toBeNull();
    expect(edits.area()).toBe(1);
    edits.undo();
    expect(edits.undo()).toBeNull();
  });

  it("moves, replaces, duplicates and removes", () => {
    const edits = new RegionEdits(8, 6);
    edits.add(box(0, 0, 1, 1));
    edits.move(0, 2 * UNIT, UNIT);
    expect(pixels(edits.mask(), 8)).toEqual([[2, 1]]);
    edits.duplicate(0, UNIT, 0);
    expect(pixels(edits.mask(), 8)).toEqual([[2, 1], [3, 1]]);
    edits.replace(0, box(0, 5, 1, 6));
    expect(pixels(edits.mask(), 8)).toEqual([[3, 1], [0, 5]]);
    edits.remove(1);
    expect(pixels(edits.mask(), 8)).toEqual([[0, 5]]);
    for (let i = 0; i < 4; i++) edits.undo();
    expect(pixels(edits.mask(), 8)).toEqual([[0, 0]]);
  });

  it("moves given pixels without losing those that leave the picture", () => {
    const edits = new RegionEdits(3, 1);
    edits.add({ kind: "pixels", op: "add", runs: [0, 3] });
    edits.move(0, 2 * UNIT, 0);
    expect([...edits.mask()]).toEqual([0, 0, 1]);
    edits.move(0, -2 * UNIT, 0);
    expect([...edits.mask()]).toEqual([1, 1, 1]);
  });

  it("finds the topmost shape under the pointer", () => {
    const edits = new RegionEdits(8, 6);
    edits.add(box(0, 0, 4, 4));
    edits.add({ kind: "grow", by: 1 });
    edits.add(box(2, 2, 6, 6, "subtract"));
    const at = (x: number, y: number): number => edits.hit(x * UNIT, y * UNIT);
    expect([at(1.2, 1.9), at(2.5, 2.5), at(5.9, 5.9), at(7, 1), at(-1, 0), at(8, 6)]).toEqual([
      0, 2, 2, -1, -1, -1,
    ]);
    edits.add({ kind: "clear" });
    expect(at(1, 1)).toBe(-1);
    expect(edits.bounds(2)).toEqual({ x0: 2, y0: 2, x1: 6, y1: 6 });
  });

  it("shows a preview, and only what is new of a brush that goes on", () => {
    const edits = new RegionEdits(100, 10);
    edits.add(box(0, 0, 100, 1));
    const brush = { kind: "brush", op: "subtract", size: 2 * UNIT, points: [UNIT, UNIT] } as const;
    expect(edits.preview(brush)).toEqual({ x0: 0, y0: 0, x1: 2, y1: 2 });
    expect(edits.shown()[0]).toBe(0);
    expect(edits.mask()[0]).toBe(1);
    const longer = { ...brush, points: [...brush.points, 50 * UNIT, UNIT] };
    edits.preview(longer);
    const more = edits.preview({ ...longer, points: [...longer.points, 60 * UNIT, UNIT] });
    expect(more).toEqual({ x0: 49, y0: 0, x1: 61, y1: 2 });
    expect([...edits.shown().subarray(0, 62)].indexOf(1)).toBe(61);
    expect(edits.preview(null)).toEqual({ x0: 0, y0: 0, x1: 61, y1: 2 });
    expect(edits.shown()).toBe(edits.mask());
  });

  it("tells once of an edit that ends a preview, with both rectangles", () => {
    const edits = new RegionEdits(20, 20);
    edits.preview(box(0, 0, 2, 2) as never);
    const told: Change[] = [];
    const stop = edits.listen((change) => told.push(change));
    edits.add(box(10, 10, 12, 12));
    expect(told).toEqual([
      { what: "mask", region: "region", rect: { x0: 0, y0: 0, x1: 12, y1: 12 } },
    ]);
    stop();
    edits.undo();
    expect(told.length).toBe(1);
  });

  it("keeps several regions apart, and undo goes to the one it changes", () => {
    const edits = new RegionEdits(4, 4, ["cat", "dog"]);
    edits.add(box(0, 0, 1, 1));
    edits.activate("dog");
    edits.add(box(0, 0, 4, 4));
    edits.setFeather(3);
    edits.activate("cat");
    expect(edits.area()).toBe(1);
    expect(edits.undo()).toEqual({ what: "all", region: "dog", rect: { x0: 0, y0: 0, x1: 4, y1: 4 } });
    expect([edits.active, edits.region().feather]).toEqual(["dog", 0]);
    edits.undo();
    expect(edits.area("dog")).toBe(0);
    edits.undo();
    expect([edits.active, edits.area("cat")]).toEqual(["cat", 0]);
  });

  it("adds, copies, renames and removes regions, all to be undone", () => {
    const edits = new RegionEdits(4, 4);
    edits.add(box(0, 0, 2, 2));
    edits.addRegion("copy", "region");
    edits.add({ kind: "invert" });
    edits.rename("copy", "rest");
    expect([edits.names, edits.active, edits.area()]).toEqual([["region", "rest"], "rest", 12]);
    edits.removeRegion("region");
    expect(() => edits.removeRegion("rest")).toThrow(/last region/);
    edits.undo();
    expect([edits.names, edits.active, edits.area("region")]).toEqual([["region", "rest"], "rest", 4]);
    edits.undo();
    expect(edits.active).toBe("copy");
    edits.undo();
    edits.undo();
    expect([edits.names, edits.active]).toEqual([["region"], "region"]);
    for (let i = 0; i < 4; i++) edits.redo();
    expect([edits.names, edits.area()]).toEqual([["rest"], 12]);
  });

  it("removes the active region and chooses a neighbour", () => {
    const edits = new RegionEdits(4, 4, ["a", "b", "c"]);
    edits.activate("b");
    edits.removeRegion("b");
    expect(edits.active).toBe("c");
    edits.undo();
    expect([edits.names, edits.active]).toEqual([["a", "b", "c"], "b"]);
  });

  it("refuses what cannot be and stays as it was", () => {
    const edits = new RegionEdits(4, 4);
    edits.add(box(0, 0, 2, 2));
    const before = edits.document();
    const wrong = [
      () => edits.add({ kind: "star" } as never),
      () => edits.add({ kind: "pixels", op: "add", runs: [3] }),
      () => edits.add({ ...box(0, 0, 1, 1), points: [0, 0, 2 ** 30, 0] } as Shape),
      () => edits.add(box(0, 0, 1, 1), "nobody"),
      () => edits.remove(1),
      () => edits.move(-1, 0, 0),
      () => edits.setFeather(1.5),
      () => edits.addRegion("region"),
      () => edits.addRegion("  "),
      () => edits.rename("region", "x".repeat(65)),
      () => edits.restore({ regions: [], active: "" }),
      () => edits.preview(box(0, 0, 1, 1) as never, 7),
      () => new RegionEdits(4, 4, []),
    ];
    for (const attempt of wrong) expect(attempt).toThrow(RangeError);
    expect(edits.document()).toEqual(before);
    edits.add({ kind: "invert" });
    expect(() => edits.move(1, 5, 5)).toThrow(/cannot be moved/);
  });

  it("restores a document, with nothing to undo", () => {
    const edits = new RegionEdits(4, 4);
    edits.add(box(0, 0, 2, 2));
    const shapes = [box(0, 0, 4, 4), { kind: "shrink", by: 1 } as Shape];
    edits.restore({ regions: [{ name: "a", shapes, feather: 2 }], active: "gone" });
    expect([edits.names, edits.active, edits.canUndo]).toEqual([["a"], "a", false]);
    expect(edits.area()).toBe(16);
    expect(edits.softMask()[0]).toBe(1);
  });

  it("restores a document as if its shapes had just been drawn", () => {
    const edits = new RegionEdits(4, 4);
    const a = { name: "a", shapes: [box(0, 0, 1, 1), box(2, 2, 4, 4)], feather: 0 };
    const b = { name: "b", shapes: [box(0, 0, 4, 4)], feather: 0 };
    edits.restore({ regions: [a, b], active: "a" }, true);
    expect(edits.undo()!.rect).toEqual({ x0: 2, y0: 2, x1: 4, y1: 4 });
    expect([edits.area("a"), edits.area("b")]).toEqual([1, 16]);
    edits.undo();
    edits.undo();
    expect([edits.active, edits.area("b"), edits.canUndo]).toEqual(["b", 0, false]);
  });

  it("flattens shapes to pixels", () => {
    const edits = new RegionEdits(6, 6);
    edits.add(box(0, 0, 4, 4));
    edits.add(box(1, 1, 3, 3, "subtract"));
    const mask = edits.mask().slice();
    edits.flatten();
    expect(edits.region().shapes.map((shape) => shape.kind)).toEqual(["pixels"]);
    expect(edits.mask()).toEqual(mask);
    edits.undo();
    expect(edits.region().shapes.length).toBe(2);
  });

  it("gives the same mask from snapshots after many costly shapes as from the beginning", () => {
    const edits = new RegionEdits(33, 17);
    let seed = 7;
    const random = (most: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * most);
    };
    const check = (): void => {
      expect(edits.mask()).toEqual(rasterise(edits.region().shapes, 33, 17));
    };
    for (let i = 0; i < 300; i++) {
      const kind = random(10);
      if (kind === 0) edits.add({ kind: "invert" });
      else if (kind === 1) edits.add({ kind: random(2) ? "grow" : "shrink", by: random(4) });
      else edits.add(box(random(33), random(17), random(33), random(17), random(3) ? "add" : "subtract"));
    }
    check();
    for (let i = 0; i < 60; i++) {
      edits.remove(random(edits.region().shapes.length));
      check();
      for (let k = random(6); k > 0; k--) edits.undo();
      check();
    }
    while (edits.undo());
    expect(edits.area()).toBe(0);
    while (edits.redo());
    check();
  });
});
