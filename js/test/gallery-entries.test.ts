import { expect, test } from "vitest";
import { barsOf, entriesOf, placeAfter, similarityWords } from "../src/gallery-entries";

test("entries that are none are left out", () => {
  const good = { index: 1, name: "a", similarity: 0.5 };
  const bad = [null, 3, {}, { ...good, index: 1.5 }, { ...good, name: 3 }, { ...good, similarity: NaN }];
  expect(entriesOf([...bad, good])).toEqual([good]);
  expect(entriesOf({ length: 1 })).toEqual([]);
});

test.each([
  [[1, 0.5], 0, [1, 0.5]],
  [[0.2], 0, [0.2]],
  [[1, -0.25], 0.2, [1, 0]],
  [[30, 15], 0, [1, 0.5]],
  [[-2, -4], 1, [0.5, 0]],
  [[-0.5], 1, [0.5]],
  [[0, 0], 1, [1, 1]],
])("bars of %j have one scale", (similarities, zero, ends) => {
  const found = barsOf(similarities);
  expect(found.zero).toBeCloseTo(zero, 12);
  found.ends.forEach((end, i) => expect(end).toBeCloseTo(ends[i]!, 12));
});

test("similarities are read with three digits", () => {
  expect([0.83, 1, 0, -0.0414, 12.345, -1234].map(similarityWords)).toEqual([
    "0.830", "1.000", "0.000", "−0.041", "12.3", "−1230",
  ]);
});

test("keys lead along the row and stop at its ends", () => {
  expect(["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "Home", "End"].map((k) => placeAfter(k, 2, 4))).toEqual([
    3, 3, 1, 1, 0, 3,
  ]);
  expect([placeAfter("ArrowRight", 3, 4), placeAfter("ArrowLeft", 0, 4)]).toEqual([3, 0]);
  expect([placeAfter("a", 1, 4), placeAfter("End", -1, 0)]).toEqual([undefined, undefined]);
});
