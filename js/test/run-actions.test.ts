import { describe, expect, it } from "vitest";
import { enabledActions, progressLine } from "../src/run-actions";
import { classRows } from "../src/class-rows";

describe("run controls", () => {
  it("offers what the status allows", () => {
    expect(enabledActions("ready", null)).toEqual(["start", "step"]);
    expect(enabledActions("running", null)).toEqual(["pause", "stop"]);
    expect(enabledActions("paused", null)).toEqual(["resume", "stop", "step"]);
    expect(enabledActions("preparing", null)).toEqual(["stop"]);
    for (const s of ["finished", "failed", "cancelled", "?"]) expect(enabledActions(s, null)).toEqual([]);
  });

  it("takes a given list instead", () => {
    expect(enabledActions("finished", ["start", "bogus"])).toEqual(["start"]);
    expect(enabledActions("ready", [])).toEqual([]);
  });

  it("says everything in one line, and nothing that is not known", () => {
    const base = { status: "running", stage: "", message: "", evaluations: 0, rate: 0, secondsLeft: null };
    expect(progressLine(base)).toBe("running");
    expect(
      progressLine({ ...base, stage: "search", evaluations: 1234, rate: 150, secondsLeft: 12, message: "on." }),
    ).toBe("search · 1\u202f234 evaluations · 150/s · about 12 s left · on.");
    expect(progressLine({ ...base, status: "finished", secondsLeft: 3 })).toBe("finished");
  });
});

describe("class rows", () => {
  it("keeps well-formed rows and bounds confidences", () => {
    expect(
      classRows([
        { index: 1, label: "cat", confidence: 2 },
        { index: 2, confidence: NaN },
        { index: "3", label: "x", confidence: 0 },
        null,
      ]),
    ).toEqual([
      { index: 1, label: "cat", confidence: 1 },
      { index: 2, label: "class 2", confidence: 0 },
    ]);
    expect(classRows("no")).toEqual([]);
  });
});
