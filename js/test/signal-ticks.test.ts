import { describe, expect, it } from "vitest";
import { axisTitle, decimals, niceStep, numberText, positionText, ticks, unitText } from "../src/signal-ticks";

describe("ticks", () => {
  it("are round numbers within the range", () => {
    const t = ticks(398, 4002, 8);
    expect(t.major).toEqual([500, 1000, 1500, 2000, 2500, 3000, 3500, 4000]);
    expect(t.labels[0]).toBe("500");
    expect(t.minor).toContain(600);
    expect(t.minor).not.toContain(1000);
  });

  it("have the decimals that their step needs, and a true minus", () => {
    expect(ticks(-0.5, 0.5, 5).labels).toEqual(["−0.4", "−0.2", "0.0", "0.2", "0.4"]);
    expect(ticks(1.001, 1.0032, 5).labels).toEqual(["1.0010", "1.0015", "1.0020", "1.0025", "1.0030"]);
  });

  it("share a power of ten where numbers are very large or small", () => {
    expect(ticks(0, 5e-6, 5)).toMatchObject({ labels: ["0", "1", "2", "3", "4", "5"], factor: "×10⁻⁶" });
    expect(ticks(0, 4e7, 4)).toMatchObject({ labels: ["0", "1", "2", "3", "4"], factor: "×10⁷" });
    expect(ticks(0, 50_000, 5).factor).toBe("");
  });

  it("are never too many nor equal, whatever the range", () => {
    for (const [low, high] of [[0, 1e-30], [1e9, 1e9 + 1], [-3, 7e20], [5, 5], [0.1, 0.1 + 1e-17], [NaN, 1]] as const) {
      const t = ticks(low, high, 7);
      expect(t.major.length).toBeLessThanOrEqual(9);
      expect(new Set(t.major).size).toBe(t.major.length);
    }
  });

  it("step by 1, 2 or 5", () => {
    expect([0.3, 1, 1.1, 3, 7, 60].map(niceStep)).toEqual([0.5, 1, 2, 5, 10, 100]);
    expect([5, 0.5, 0.25, 1e-4].map(decimals)).toEqual([0, 1, 1, 4]);
  });
});

describe("words of an axis", () => {
  it("print units as books do", () => {
    expect(["1/cm", "cm-1", "cm^-1", "m/s^2", "um", "s", "Hz", ""].map(unitText)).toEqual([
      "cm⁻¹", "cm⁻¹", "cm⁻¹", "m/s²", "µm", "s", "Hz", "",
    ]);
    expect(axisTitle("wavenumber", "1/cm")).toBe("wavenumber (cm⁻¹)");
    expect(axisTitle("sample", "")).toBe("sample");
  });

  it("group long numbers and leave no negative zero", () => {
    expect([numberText(12345, 0), numberText(1234, 0), numberText(-0.001, 1)]).toEqual(["12\u202f345", "1234", "0.0"]);
    expect([positionText(1650.43, 1.93), positionText(0.1250001, 1 / 8000)]).toEqual(["1650", "0.1250"]);
  });
});
