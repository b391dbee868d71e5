import { describe, expect, it } from "vitest";
import { clampView, originOf, scaleOf, toPicture, zoomAt } from "../src/viewport";

const sizes = { canvasWidth: 400, canvasHeight: 200, width: 100, height: 50 };
const whole = { zoom: 1, panX: 0, panY: 0 };

describe("viewport", () => {
  it("shows the whole picture at zoom 1", () => {
    expect(scaleOf(whole, sizes)).toBe(4);
    expect(originOf(whole, sizes)).toEqual([0, 0]);
    expect(toPicture(whole, sizes, 400, 200)).toEqual([100, 50]);
  });

  it("keeps the point under the pointer where it is", () => {
    let view = whole;
    for (const factor of [1.5, 2, 1.2]) {
      const before = toPicture(view, sizes, 130, 70);
      view = zoomAt(view, sizes, factor, 130, 70);
      const after = toPicture(view, sizes, 130, 70);
      expect(after[0]).toBeCloseTo(before[0], 9);
      expect(after[1]).toBeCloseTo(before[1], 9);
    }
  });

  it("stays within its limits", () => {
    expect(zoomAt(whole, sizes, 1e9, 0, 0).zoom).toBe(32);
    expect(zoomAt({ zoom: 4, panX: 20, panY: 5 }, sizes, 1e-9, 0, 0)).toEqual(whole);
    expect(clampView({ zoom: 2, panX: 999, panY: -999 }, sizes)).toEqual({ zoom: 2, panX: 25, panY: -12.5 });
    expect(clampView({ zoom: NaN, panX: NaN, panY: NaN }, sizes)).toEqual(whole);
  });
});
