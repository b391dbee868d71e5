import { describe, expect, it } from "vitest";
import { costLine, entriesOf, foundLine, ticked, verdict } from "../src/history-list-entries";

const CAT = {
  id: "result-1", number: 1, name: "Egyptian cat", label: "Egyptian cat", index: 285, source: "cat.png",
  method: "causal", strategy: "global", area: 0.0321, confidence: 0.713, verified: true, stage: "verified",
  evaluations: 1936, seconds: 14.23, when: 1_700_000_000,
};

describe("entries", () => {
  it("are read as far as they are well-formed, each id once", () => {
    const given = [CAT, null, 5, { id: 7 }, { id: "" }, { ...CAT, name: "again" }, { id: "x", area: "wide", seconds: null }];
    const found = entriesOf(given);
    expect(found.map((entry) => [entry.id, entry.name])).toEqual([["result-1", "Egyptian cat"], ["x", ""]]);
    expect(found[1]!.area).toBeNull();
    expect(entriesOf("no list")).toEqual([]);
    expect(entriesOf(undefined)).toEqual([]);
  });

  it("are said in two lines", () => {
    const [cat] = entriesOf([CAT]);
    expect(foundLine(cat!)).toBe("global · area 3.2 % · confidence 71.3 %");
    expect(costLine(cat!, "UTC")).toBe("1\u202f936 evaluations · 14 s · 22:13");
    expect(verdict(cat!)).toBe("verified");
    const [bare] = entriesOf([{ id: "x", method: "relax", stage: "ranked prefix" }]);
    expect(foundLine(bare!)).toBe("relax");
    expect(costLine(bare!)).toBe("0 evaluations");
    expect(verdict(bare!)).toBe("ranked prefix");
    // Good, but of no class: it was estimated, and nothing was classified again.
    const [estimated] = entriesOf([{ id: "y", index: -1, stage: "estimated", verified: true }]);
    expect(verdict(estimated!)).toBe("estimated");
  });
});

describe("ticks", () => {
  it("are at most two, and the oldest goes", () => {
    expect(ticked([], "a", true)).toEqual(["a"]);
    expect(ticked(["a"], "b", true)).toEqual(["a", "b"]);
    expect(ticked(["a", "b"], "c", true)).toEqual(["b", "c"]);
    expect(ticked(["a", "b"], "a", true)).toEqual(["b", "a"]);
    expect(ticked(["a", "b"], "a", false)).toEqual(["b"]);
    expect(ticked(["a"], "z", false)).toEqual(["a"]);
  });
});
