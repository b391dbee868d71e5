import { describe, expect, it } from "vitest";
import { COLORMAPS, colourTable } from "../src/colormaps";

const at = (name: string, i: number) => [...colourTable(name).slice(i * 3, i * 3 + 3)];

describe("colour maps", () => {
  it("has 256 colours each and the five names", () => {
    expect(COLORMAPS).toEqual(["magma", "viridis", "inferno", "gray", "cividis"]);
    for (const name of COLORMAPS) expect(colourTable(name).length).toBe(768);
  });

  it("starts and ends where matplotlib does", () => {
    expect(at("magma", 0)).toEqual([0, 0, 4]);
    expect(at("magma", 255)).toEqual([252, 253, 191]);
    expect(at("viridis", 0)).toEqual([68, 1, 84]);
    expect(at("viridis", 255)).toEqual([253, 231, 37]);
    expect(at("gray", 255)).toEqual([255, 255, 255]);
  });

  it("is near matplotlib's middle colours", () => {
    const middles = { magma: [183, 55, 121], viridis: [33, 145, 140], inferno: [188, 55, 84] };
    for (const [name, rgb] of Object.entries(middles)) {
      at(name, 128).forEach((v, c) => expect(Math.abs(v - rgb[c]!)).toBeLessThanOrEqual(4));
    }
    expect(at("gray", 100)).toEqual([100, 100, 100]);
  });

  it("gets brighter all the way", () => {
    const light = (name: string, i: number) => {
      const [r, g, b] = at(name, i) as [number, number, number];
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    for (const name of COLORMAPS) {
      for (let i = 8; i < 256; i += 8) expect(light(name, i)).toBeGreaterThan(light(name, i - 8));
    }
  });

  it("falls back to magma", () => {
    expect(colourTable("no such map")).toBe(colourTable("magma"));
    expect(colourTable("constructor")).toBe(colourTable("magma"));
  });
});
