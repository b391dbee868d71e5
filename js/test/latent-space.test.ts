import { expect, test } from "vitest";
import { apart, contour, moved, nearest, numberWords, pointOf, same, shareOf, spaceOf, tone, valueAt } from "../src/latent-space";

const SPACE = spaceOf({
  coordinates: ["a", "b", "c"],
  parts: [["first", 0, 1], ["second", 1, 3]],
  minimum: [-3, 0, -1],
  maximum: [3, 1, 1],
  labels: ["even", "odd"],
  known: [],
});

test("a space with nothing in it is empty, and bad points are none", () => {
  expect(spaceOf(null).coordinates).toEqual([]);
  expect(pointOf([1, 2])).toEqual([1, 2]);
  expect(pointOf([1, NaN])).toEqual([]);
  expect(pointOf("1")).toEqual([]);
});

test("a moved point stays in its range, and the old one is not touched", () => {
  const before = [0, 0.5, 0];
  expect(moved(SPACE, before, [[0, 9], [2, -4]])).toEqual([3, 0.5, -1]);
  expect(before).toEqual([0, 0.5, 0]);
});

test("shares of a range go to values and back", () => {
  expect(shareOf(SPACE, 0, 0)).toBe(0.5);
  expect(valueAt(SPACE, 2, 0.25)).toBe(-0.5);
});

test("the nearest known place is of its own part", () => {
  const known = { part: 1, names: ["x", "y"], places: [[0, -1], [1, 1]] };
  expect(nearest(SPACE, known, [99, 0.9, 0.8])).toBe(1);
  expect(nearest(SPACE, known, [99, 0.1, -0.8])).toBe(0);
});

test("a map holds while only its own coordinates are moved", () => {
  expect(apart([1, 2, 3], [5, 2, 9], [0, 2])).toBe(false);
  expect(apart([1, 2, 3], [5, 2.1, 9], [0, 2])).toBe(true);
  expect(same([1, 2], [1, 2])).toBe(true);
  expect(same([1, 2], [1])).toBe(false);
});

test("the contour lies where the values cross a half", () => {
  // Values grow to the right: 0, 0.25, 1; so the line is upright, a third behind the second column.
  const values = [0, 0.25, 1, 0, 0.25, 1, 0, 0.25, 1];
  const pieces = contour(values, 3);
  expect(pieces).toHaveLength(8);
  for (let i = 0; i < pieces.length; i += 2) expect(pieces[i]).toBeCloseTo(4 / 3, 9);
  expect([pieces[1], pieces[3], pieces[5], pieces[7]].sort()).toEqual([0, 1, 1, 2]);
  expect(contour([0.6, 0.7, 0.8, 0.9], 2)).toEqual([]);
});

test("colours are blue, nearly white and orange", () => {
  expect(tone(0)).toEqual([33, 102, 172]);
  expect(tone(0.5)).toEqual([247, 247, 247]);
  expect(tone(1)).toEqual([196, 98, 16]);
});

test("numbers have two digits, and nothing is minus zero", () => {
  expect([0.421, -1.3, -0.004, 0].map(numberWords)).toEqual(["0.42", "−1.30", "0.00", "0.00"]);
});
