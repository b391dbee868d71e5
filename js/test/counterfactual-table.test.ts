import { expect, test } from "vitest";
import { Pictures } from "../src/counterfactual-pictures";
import { barsOf, cellAfter, cellWords, movedWords, signOf, tableOf, turnWords, VERDICTS, type Row } from "../src/counterfactual-table";

const ROW: Row = {
  name: "A in Lato", own: "even", asked: "odd", sure: 0.97, before: 0.031, best: 1, note: "",
  cells: [["trivial", 0.8, 2], ["successful", 0.97, 1.234], ["unchanged", null, 0]],
};

test("a table with nothing in it is empty", () => {
  expect(tableOf(undefined).rows).toEqual([]);
  expect(tableOf({ samples: 3 })).toMatchObject({ samples: 3, rows: [], parts: [] });
});

test("every verdict has a sign of its own, and those of an oracle differ", () => {
  const oracle = ["successful", "causal flip", "trivial", "unchanged"].map(signOf);
  expect(new Set(oracle).size).toBe(4);
  expect(signOf("unheard")).toBe("?");
  for (const [, meaning] of Object.values(VERDICTS)) expect(meaning).toMatch(/\.$/);
});

test("words say what became of a counterfactual", () => {
  expect(turnWords(ROW, ROW.cells[1]!)).toBe("odd: 3.1 % → 97.0 %");
  expect(turnWords(ROW, ROW.cells[2]!)).toBe("odd: 3.1 % → –");
  expect(cellWords(ROW, ROW.cells[1]!, 1)).toBe(
    "Counterfactual 2 of A in Lato, successful; odd: 3.1 % → 97.0 %; distance 1.23, the nearest of the sample",
  );
  expect(cellWords(ROW, ROW.cells[0]!, 0)).not.toContain("nearest");
});

test("bars begin in the middle and have one scale", () => {
  const table = tableOf({ coordinates: ["a", "b", "c"], parts: [["one", 0, 2], ["two", 2, 3]] });
  const { groups, hidden } = barsOf([2, -1, 0], table);
  expect(hidden).toBe(0);
  expect(groups.map((one) => one.name)).toEqual(["one", "two"]);
  const [a, b] = groups[0]!.bars;
  expect([a!.left, a!.width, b!.left, b!.width]).toEqual([0.5, 0.5, 0.25, 0.25]);
  // Small moves are drawn small: the scale is one standard deviation at least.
  expect(barsOf([0.1, 0, 0], table).groups[0]!.bars[0]!.width).toBeCloseTo(0.05, 9);
  expect(barsOf([NaN, 0, 0], table).groups[0]!.bars[0]!.moved).toBe(0);
});

test("of many coordinates those moved most are shown, in their order", () => {
  const table = tableOf({ coordinates: [], parts: [["latent", 0, 5]] });
  const { groups, hidden } = barsOf([0.1, -3, 0.2, 2, 0], table, 2);
  expect(hidden).toBe(3);
  expect(groups[0]!.bars.map((bar) => bar.name)).toEqual(["z1", "z3"]);
});

test("differences have a sign", () => {
  expect([0.421, -1.3, 0, 0.004, -0.004].map(movedWords)).toEqual(["+0.42", "−1.30", "0", "0", "0"]);
});

test("keys lead through the grid and stop at its edges", () => {
  const after = (key: string, at: [number, number], ctrl = false) => cellAfter(key, ctrl, at, 3, 4);
  expect(after("ArrowRight", [1, -1])).toEqual([1, 0]);
  expect(after("ArrowRight", [1, 3])).toEqual([1, 3]);
  expect(after("ArrowLeft", [1, 0])).toEqual([1, -1]);
  expect(after("ArrowUp", [0, 2])).toEqual([0, 2]);
  expect(after("ArrowDown", [1, 2])).toEqual([2, 2]);
  expect(after("Home", [1, 2])).toEqual([1, -1]);
  expect(after("End", [1, 2], true)).toEqual([2, 3]);
  expect(after("x", [1, 2])).toBeUndefined();
  expect(cellAfter("End", false, [0, -1], 0, 0)).toBeUndefined();
});

test("moves are found by row and column", () => {
  const pictures = new Pictures();
  const moved = Float32Array.from({ length: 12 }, (_, i) => i);
  const told = { type: "pictures", places: [], columns: 2, size: 3 };
  expect(pictures.take({ type: "other" }, [])).toBe(false);
  expect(pictures.take(told, [new Uint8Array(), new Uint8Array(moved.buffer)])).toBe(true);
  expect([...pictures.moved(1, 0)]).toEqual([6, 7, 8]);
  expect([...pictures.moved(0, -1)]).toEqual([]);
  expect(pictures.known).toBe(false);
});
