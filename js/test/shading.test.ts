import { describe, expect, it } from "vitest";
import { colourTable } from "../src/colormaps";
import { coverage, outline, shadeMap, shadeMask, shadePicture } from "../src/shading";

describe("shading a map", () => {
  const map = Float32Array.from([0, 0.6, 2, 4]);
  const alpha = (threshold: number, top = 4) => {
    const rgba = new Uint8ClampedArray(16);
    shadeMap(map, top, threshold, colourTable("gray"), rgba);
    return [3, 7, 11, 15].map((i) => rgba[i]);
  };

  it("hides what is below the threshold and all that is zero, and fades weak values", () => {
    expect(alpha(0)).toEqual([0, 55, 182, 255]);
    expect(alpha(0.5)).toEqual([0, 0, 182, 255]);
    expect(alpha(1)).toEqual([0, 0, 0, 255]);
  });

  it("shows nothing of an empty map", () => {
    expect(alpha(0, 0)).toEqual([0, 0, 0, 0]);
  });

  it("gives the top the last colour and clears what was there before", () => {
    const rgba = new Uint8ClampedArray(16).fill(9);
    shadeMap(map, 4, 0, colourTable("gray"), rgba);
    expect([...rgba.slice(12)]).toEqual([255, 255, 255, 255]);
    expect(rgba[3]).toBe(0);
  });
});

describe("masks and pictures", () => {
  it("colours the mask, or the rest", () => {
    const rgba = new Uint8ClampedArray(8);
    shadeMask(Uint8Array.from([1, 0]), [1, 2, 3, 4], rgba);
    expect([rgba[3], rgba[7]]).toEqual([4, 0]);
    shadeMask(Uint8Array.from([1, 0]), [1, 2, 3, 4], rgba, true);
    expect([rgba[3], rgba[7]]).toEqual([0, 4]);
  });

  it("adds full alpha to a picture", () => {
    const rgba = new Uint8ClampedArray(8);
    shadePicture(Uint8Array.from([1, 2, 3, 4, 5, 6]), rgba);
    expect([...rgba]).toEqual([1, 2, 3, 255, 4, 5, 6, 255]);
  });

  it("draws a rectangle's outline with four pieces", () => {
    const mask = new Uint8Array(20);
    for (const i of [6, 7, 11, 12]) mask[i] = 1;
    const pieces = outline(mask, 5, 4);
    expect(pieces.length).toBe(16);
    expect(pieces).toEqual([1, 1, 3, 1, 1, 3, 3, 3, 1, 1, 1, 3, 3, 1, 3, 3]);
  });

  it("closes the outline at the border", () => {
    expect(outline(Uint8Array.from([1]), 1, 1).length).toBe(16);
    expect(outline(Uint8Array.from([0]), 1, 1)).toEqual([]);
  });

  it("outlines noise with every edge once", () => {
    const [width, height] = [13, 9];
    let seed = 5;
    const mask = Uint8Array.from({ length: width * height }, () => ((seed = (seed * 16807) % 2147483647) % 3 ? 0 : 1));
    const at = (x: number, y: number) => x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] === 1;
    const expected: string[] = [];
    for (let y = 0; y <= height; y++) {
      for (let x = 0; x <= width; x++) {
        if (at(x, y) !== at(x, y - 1)) expected.push(`${x} ${y} right`);
        if (at(x, y) !== at(x - 1, y)) expected.push(`${x} ${y} down`);
      }
    }
    const pieces = outline(mask, width, height);
    const found: string[] = [];
    for (let i = 0; i < pieces.length; i += 4) {
      const [x0, y0, x1, y1] = pieces.slice(i, i + 4) as [number, number, number, number];
      for (let x = x0; x < x1; x++) found.push(`${x} ${y0} right`);
      for (let y = y0; y < y1; y++) found.push(`${x0} ${y} down`);
    }
    expect(found.sort()).toEqual(expected.sort());
  });

  it("measures coverage", () => {
    expect(coverage(Uint8Array.from([1, 0, 1, 0]))).toBe(0.5);
    expect(coverage(new Uint8Array(0))).toBe(0);
  });
});
