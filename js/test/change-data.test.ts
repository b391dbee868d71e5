import { expect, test } from "vitest";
import { borderPath, chancesAt, curvePath, difference, momentOf, momentWords, sampleOf, SIGNS, storyOf } from "../src/change-data";

const story = storyOf({
  height: 4, width: 6, names: ["3", "8"], steps: [600, 400, 200], moments: [0, 2], best: 1, finished: false,
  samples: [{ verdict: "reached", sure: 0.9, pair: [0.1, 0.9], second: "3", doubted: true, words: "a" }, { verdict: "waiting", sure: null, words: "" }],
});

test("what is not well-formed becomes nothing", () => {
  const empty = { height: 0, width: 0, names: ["", ""], steps: [], moments: [], samples: [], best: 0, finished: false };
  for (const bad of [undefined, null, 3, { steps: "no", samples: {}, names: 7, best: 0.5, finished: 1 }]) {
    expect(storyOf(bad)).toEqual(empty);
  }
  expect(storyOf({ samples: [null, { sure: "x", words: 3, pair: "01", doubted: 1 }], steps: [1, NaN, "2"] })).toMatchObject({
    samples: [{ verdict: "", sure: null, words: "" }, { verdict: "", sure: null, pair: [], second: "", doubted: false, words: "3" }],
    steps: [1],
  });
});

test("what a second classifier says, and both probabilities of the finished picture, are kept", () => {
  expect(story.samples[0]).toMatchObject({ pair: [0.1, 0.9], second: "3", doubted: true });
  expect(story.samples[1]).toMatchObject({ pair: [], second: "", doubted: false });
});

test("without a choice the best sample is shown, and what is not there is no choice", () => {
  expect([-1, 0, 1, 2].map((chosen) => sampleOf(story, chosen))).toEqual([1, 0, 1, 1]);
  expect(sampleOf({ ...story, best: -1 }, -1)).toBe(0);
  expect([-1, 0, 1, 2].map((moment) => momentOf(story, moment))).toEqual([-1, 0, 1, -1]);
});

test("the slider says the step, counted from 1", () => {
  expect([0, 1, -1].map((moment) => momentWords(story, moment))).toEqual(["step 1 of 3", "step 3 of 3", "now"]);
  expect(momentWords({ ...story, finished: true }, -1)).toBe("finished");
  expect(momentWords({ ...story, moments: [] }, -1)).toBe("not begun");
  const failed = { ...story, finished: true, samples: story.samples.map((one) => ({ ...one, verdict: "failed" })) };
  expect(momentWords(failed, -1, 0)).toBe("finished");
  expect(momentWords({ ...failed, moments: [0, 1] }, -1, 0)).toBe("stopped");
  expect(momentWords({ ...failed, moments: [0, 1] }, 1, 0)).toBe("step 2 of 3");
  expect(momentWords({ ...story, finished: true, moments: [0, 1] }, -1, 0)).toBe("finished");
});

test("every verdict but waiting has a sign of its own", () => {
  expect(new Set(Object.values(SIGNS)).size).toBe(4);
  expect(SIGNS.waiting).toBeUndefined();
});

test("curves go from left to right, up is sure, and stop where nothing is known", () => {
  const values = Float32Array.of(1, 0, 0.5, 0.25, NaN, NaN, 0.25, 0.75, 2, -1, 0, 1);
  expect(curvePath(values, 3, [0], 0)).toBe("M0 0L50 50");
  expect(curvePath(values, 3, [0], 1)).toBe("M0 100L50 75");
  expect(curvePath(values, 3, [1], 0)).toBe("M0 75L50 0L100 100");
  expect(curvePath(values, 3, [0, 1], 1)).toBe("M0 100L50 75M0 25L50 100L100 0");
  expect(curvePath(new Float32Array(), 3, [0], 0)).toBe("");
  expect(curvePath(Float32Array.of(0.5, 0.5), 1, [0], 0)).toBe("M0 50");
});

test("probabilities are those of a step, else of the last one that is known", () => {
  const values = Float32Array.of(1, 0, 0.5, 0.25, NaN, NaN);
  expect(chancesAt(values, 3, 0, 0)).toEqual([1, 0]);
  expect(chancesAt(values, 3, 0, -1)).toEqual([0.5, 0.25]);
  expect(chancesAt(values, 3, 0, 2)).toEqual([NaN, NaN]);
  expect(chancesAt(new Float32Array(), 0, 0, -1)).toEqual([NaN, NaN]);
});

test("a border runs between inside and outside, in whole lines", () => {
  const mask = Uint8Array.of(0, 1, 1, 0, 1, 1);
  expect(borderPath(mask, 3, 2)).toBe("M1 0H3M1 2H3M1 0V2M3 0V2");
  expect(borderPath(new Uint8Array(6), 3, 2)).toBe("");
  expect(borderPath(new Uint8Array(4).fill(1), 2, 2)).toBe("M0 0H2M0 2H2M0 0V2M2 0V2");
  // Two pixels that touch at a corner have four sides each.
  const sides = borderPath(Uint8Array.of(1, 0, 0, 1), 2, 2).match(/M/g)!;
  expect(sides.length).toBe(6);
});

test("differences are blue and red, and the largest has the full colour", () => {
  const before = Uint8ClampedArray.of(100, 100, 100, 255, 0, 0, 0, 255, 200, 200, 200, 255);
  const after = Uint8ClampedArray.of(100, 100, 100, 255, 51, 51, 51, 255, 98, 98, 98, 255);
  const [rgba, top] = difference(before, after);
  expect(top).toBeCloseTo(0.4, 6);
  expect([...rgba.subarray(0, 4)]).toEqual([247, 247, 247, 255]);
  expect([...rgba.subarray(8, 12)]).toEqual([33, 102, 172, 255]);
  // Half the largest difference, and so half the way to red.
  expect([...rgba.subarray(4, 8)]).toEqual([212, 136, 145, 255]);
  expect(difference(before, before)[1]).toBe(0);
  expect([...difference(before, before)[0].subarray(0, 3)]).toEqual([247, 247, 247]);
});
