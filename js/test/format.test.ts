import { describe, expect, it } from "vitest";
import { count, duration, percent, rate, value } from "../src/format";

describe("numbers for people", () => {
  it("percent", () => {
    expect([0, 0.00001, 0.0042, 0.876, 0.99999, 1].map(percent)).toEqual([
      "0 %", "<0.01 %", "0.42 %", "87.6 %", "99.9 %", "100 %",
    ]);
    expect(percent(NaN)).toBe("–");
  });

  it("count", () => {
    expect(count(999)).toBe("999");
    expect(count(1234567)).toBe("1\u202f234\u202f567");
  });

  it("duration", () => {
    expect([0.44, 9.96, 59.4, 60, 200, 3600, 7500].map(duration)).toEqual([
      "0.4 s", "10 s", "59 s", "1 min", "3 min 20 s", "1 h", "2 h 5 min",
    ]);
    expect(duration(-1)).toBe("–");
  });

  it("value", () => {
    expect([0, 0.5, 1234.5, 0.0000123, 1e7].map(value)).toEqual(["0", "0.5", "1230", "1.23e-5", "1.00e+7"]);
    expect(value(Infinity)).toBe("–");
  });

  it("rate", () => {
    expect([0.25, 152.4].map(rate)).toEqual(["0.3/s", "152/s"]);
  });
});
