import { describe, expect, it } from "vitest";
import {
  presetShown, problem, same, shown, summary, withPreset, withWritten,
  type Accepted, type Draft, type Field, type Preset, type Values,
} from "../src/settings-form-values";

const accepted = (kind: string, rest: Partial<Accepted> = {}): Accepted => ({
  kind, minimum: null, maximum: null, names: [], count: null, ...rest,
});
const field = (name: string, accepts: Accepted[], rest: Partial<Field> = {}): Field => ({
  name, label: name, help: "", expects: "what it takes", unit: "", control: "text", optional: false,
  accepts, choices: [], suggestions: [], default: "", key: name, ...rest,
});
const WHOLE = field("iters", [accepted("whole", { minimum: 1, maximum: 100000 })], { control: "number" });
const REAL = field("share", [accepted("real", { minimum: 0, maximum: 1 })], { control: "share" });
const SEED = field("seed", [accepted("whole", { minimum: 0, maximum: 2 ** 63 })], { control: "number", optional: true });
const QUEUE = field("queue", [accepted("whole", { minimum: 1 }), accepted("names", { names: ["all"] })]);
const SOME = field("some", [accepted("numbers", { count: 2 })]);
const FREE = field("free", [accepted("other")]);

describe("what may be written", () => {
  it.each([
    [WHOLE, "1"], [WHOLE, "100000"], [WHOLE, " 7 "], [WHOLE, "+7"],
    [REAL, "0"], [REAL, "1"], [REAL, "1e-3"], [REAL, ".5"], [REAL, "0."],
    [SEED, ""], [SEED, "9223372036854775807"], [SEED, "none"],
    [QUEUE, "3"], [QUEUE, "ALL"], [SOME, "1, 2.5"], [FREE, "anything"], [WHOLE, null], [WHOLE, true],
  ])("%o takes %o", (one, written) => expect(problem(one, written)).toBe(""));

  it.each([
    [WHOLE, "0"], [WHOLE, "100001"], [WHOLE, "2.5"], [WHOLE, "1e3"], [WHOLE, ""], [WHOLE, "no number"], [WHOLE, "none"],
    [REAL, "1.01"], [REAL, "-0.1"], [REAL, "NaN"], [REAL, "Infinity"], [REAL, "1e999"], [REAL, "0x1"], [REAL, "0,5"],
    [SEED, "-1"], [SEED, "x"], [QUEUE, "0"], [QUEUE, "some"], [QUEUE, ""],
    [SOME, "1"], [SOME, "1,2,3"], [SOME, "1,a"], [SOME, "1,"], [FREE, "  "],
  ])("%o refuses %o, and says what it takes", (one, written) => {
    expect(problem(one, written)).toBe("Expected what it takes.");
  });
});

describe("a draft", () => {
  const values: Values = { iters: "20", share: "0.5", seed: "", free: null };

  it("holds what differs from the values in force", () => {
    let draft: Draft = {};
    draft = withWritten(draft, WHOLE, "30", values);
    draft = withWritten(draft, REAL, "0.50", values);
    expect(draft).toEqual({ iters: "30" });
    expect(shown("iters", values, draft)).toBe("30");
    expect(shown("share", values, draft)).toBe("0.5");
    expect(withWritten(draft, WHOLE, "20", values)).toEqual({});
  });

  it("can fill what could not be typed before", () => {
    expect(withWritten({}, FREE, "mean", values)).toEqual({ free: "mean" });
    expect(shown("free", values, {})).toBeNull();
  });

  it("tells neighbouring large numbers apart", () => {
    expect(same(SEED, "9223372036854775807", "9223372036854775806")).toBe(false);
    expect(same(SEED, "9223372036854775807", "9223372036854775807")).toBe(true);
    expect(same(REAL, "0.50", "0.5")).toBe(true);
    expect(same(REAL, "", "0")).toBe(false);
    expect(same(FREE, "0.50", "0.5")).toBe(false);
    expect(same(FREE, true, "true")).toBe(false);
  });
});

describe("presets", () => {
  const fields = [WHOLE, REAL, SEED];
  const values: Values = { iters: "20", share: "0", seed: "7" };
  const usual: Preset = { name: "default", help: "", values: { iters: "20", share: "0" } };
  const quick: Preset = { name: "quick", help: "", values: { iters: "4", share: "0", elsewhere: "1" } };

  it("fill the form, and leave alone what they do not decide", () => {
    const draft = withPreset({ seed: "9", share: "0.3" }, fields, quick, values);
    expect(draft).toEqual({ seed: "9", iters: "4" });
    expect(presetShown([usual, quick], fields, values, draft)?.name).toBe("quick");
    expect(withPreset(draft, fields, usual, values)).toEqual({ seed: "9" });
  });

  it("are known again, or not", () => {
    expect(presetShown([usual, quick], fields, values, {})?.name).toBe("default");
    expect(presetShown([usual, quick], fields, values, { iters: "5" })).toBeUndefined();
    expect(presetShown([], fields, values, {})).toBeUndefined();
  });
});

describe("the line below", () => {
  it("counts", () => {
    expect(summary({ changed: 0, waiting: 0, wrong: 0 })).toBe("All settings have their defaults");
    expect(summary({ changed: 1, waiting: 0, wrong: 0 })).toBe("1 setting differs from the default");
    expect(summary({ changed: 3, waiting: 2, wrong: 1 })).toBe(
      "3 settings differ from the default · 2 not applied yet · 1 to be corrected",
    );
  });
});
