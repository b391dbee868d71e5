import { describe, expect, it } from "vitest";
import { onScreen, rgb, shadeRegion } from "../src/region-overlay";
import { coarsely } from "../src/region-soft";

const tint = { colour: rgb("#102030"), fill: 100, rim: 200 };

describe("shadeRegion", () => {
  it("tints the inside, rims it and darkens around it", () => {
    const mask = new Uint8Array(25);
    for (let y = 1; y < 4; y++) for (let x = 1; x < 4; x++) mask[y * 5 + x] = 1;
    const rect = { x0: 0, y0: 0, x1: 5, y1: 5 };
    const out = shadeRegion(mask, 5, 5, { x: 0, y: 0, scale: 1 }, rect, tint);
    const at = (x: number, y: number) => [...out.slice((y * 5 + x) * 4, (y * 5 + x) * 4 + 4)];
    expect(at(2, 2)).toEqual([16, 32, 48, 100]);
    expect(at(1, 2)).toEqual([16, 32, 48, 200]);
    expect(at(0, 2)).toEqual([0, 0, 0, 70]);
    expect(at(0, 0)).toEqual([0, 0, 0, 0]);
  });

  it("shades a part as it shades the whole, at any scale", () => {
    const mask = Uint8Array.from({ length: 12 * 9 }, (_, i) => ((i * 7919) % 5 < 2 ? 1 : 0));
    for (const at of [{ x: 3, y: -5, scale: 2.7 }, { x: 0.5, y: 1, scale: 0.4 }]) {
      const whole = shadeRegion(mask, 12, 9, at, { x0: 0, y0: 0, x1: 30, y1: 20 }, tint);
      const rect = { x0: 4, y0: 3, x1: 21, y1: 17 };
      const part = new Uint32Array(shadeRegion(mask, 12, 9, at, rect, tint).buffer);
      const words = new Uint32Array(whole.buffer);
      for (let y = 3; y < 17; y++) {
        for (let x = 4; x < 21; x++) expect(part[(y - 3) * 17 + x - 4]).toBe(words[y * 30 + x]);
      }
    }
  });

  it("follows a soft border", () => {
    const mask = Uint8Array.from([1, 1, 1, 1, 0, 0, 0, 0]);
    const soft = { values: Float32Array.from([1, 1, 0.9, 0.6, 0.4, 0.1, 0, 0]), width: 8, factor: 1 };
    const rect = { x0: 0, y0: 0, x1: 8, y1: 1 };
    const out = shadeRegion(mask, 8, 1, { x: 0, y: 0, scale: 1 }, rect, tint, soft);
    expect(out[5 * 4 + 3]).toBe(10);
    expect(out[6 * 4 + 3]).toBe(0);
  });

  it("finds a border coarsely on large pictures", () => {
    const [w, h, factor] = [64, 32, 4];
    const mask = Uint8Array.from({ length: w * h }, (_, i) => (i % w < 32 ? 1 : 0));
    const soft = coarsely(mask, w, h, 16, factor);
    expect([soft.width, soft.values.length]).toEqual([16, 128]);
    expect(soft.values[0]).toBe(1);
    expect(soft.values[15]).toBe(0);
    expect(soft.values[7]).toBeGreaterThan(0.5);
    expect(soft.values[8]).toBeLessThan(0.5);
  });
});

describe("onScreen", () => {
  it("holds all pixels that a change can touch, within the screen", () => {
    const rect = onScreen({ x0: 2, y0: 0, x1: 4, y1: 9 }, { x: 10, y: 0, scale: 3 }, 40, 20);
    expect(rect).toEqual({ x0: 14, y0: 0, x1: 24, y1: 20 });
  });
});
