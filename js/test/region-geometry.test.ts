import { describe, expect, it } from "vitest";
import { atLeast, flood, topShare, topValue } from "../src/region-fill";
import { feathered, growMask, shrinkMask } from "../src/region-morph";
import { boundsOf, spansOf } from "../src/region-raster";
import { applyShape, rasterise } from "../src/region-replay";
import { cocoOf, countsOfText, maskOfCoco, maskOfRuns, runsOf } from "../src/region-rle";
import { floorRoot, floorRootOfProduct } from "../src/region-roots";
import { packInto, unpackRect } from "../src/region-snapshot";
import { pack } from "../src/mask-bits";
import { checkedDocument, checkedShape, moved, UNIT, type Drawn } from "../src/region-shapes";

const rows = (mask: Uint8Array, width: number): string[] =>
  (Array.from(mask).join("").match(new RegExp(`.{${width}}`, "g")) ?? []) as string[];

describe("shapes to pixels", () => {
  it("counts a pixel whose middle is in the shape or on its border", () => {
    const box: Drawn = { kind: "box", op: "add", points: [128, 128, 640, 383] };
    expect(rows(rasterise([box], 4, 3), 4)).toEqual(["1110", "0000", "0000"]);
  });

  it("draws a disc and an ellipse by hand", () => {
    const dot: Drawn = { kind: "brush", op: "add", size: 4 * UNIT, points: [640, 640] };
    expect(rows(rasterise([dot], 5, 5), 5)).toEqual(["00100", "01110", "11111", "01110", "00100"]);
    const ellipse: Drawn = { kind: "ellipse", op: "add", points: [0, 0, 5 * UNIT, 3 * UNIT] };
    expect(rows(rasterise([ellipse], 5, 3), 5)).toEqual(["01110", "11111", "01110"]);
  });

  it("fills a star by the even-odd rule", () => {
    const points = [2, 0, 4, 7, 0, 2, 7, 2, 1, 7].map((v) => v * UNIT + 128);
    const mask = rasterise([{ kind: "polygon", op: "add", points }], 8, 8);
    // The middle lies in two of the star's arms' triangles, and so outside.
    expect(mask[3 * 8 + 2]).toBe(0);
    expect(mask[2 * 8 + 1]).toBe(1);
  });

  it("touches nothing outside the clip, nor beyond the picture", () => {
    const far = 2 ** 21;
    const shape: Drawn = { kind: "polygon", op: "add", points: [-far, -far, far, -far, far, far] };
    const clip = { x0: 2, y0: 1, x1: 5, y1: 3 };
    const seen: number[][] = [];
    spansOf(shape, 8, clip, (row, from, to) => seen.push([row, from, to]));
    for (const [row, from, to] of seen) {
      expect(row! >= 1 && row! < 3 && from! >= 2 && to! <= 5).toBe(true);
    }
    const mask = new Uint8Array(64);
    applyShape(mask, 8, 8, { ...shape, op: "intersect" }, clip);
    expect(mask.every((v) => v === 0)).toBe(true);
    expect(boundsOf(shape, 8, 8)).toEqual({ x0: 0, y0: 0, x1: 8, y1: 8 });
  });

  it("has no bounds outside the picture", () => {
    const away: Drawn = { kind: "box", op: "add", points: [-900, -900, -300, -300] };
    expect(boundsOf(away, 8, 8)).toBeNull();
    expect(boundsOf({ kind: "pixels", op: "add", runs: [64] }, 8, 8)).toBeNull();
    expect(boundsOf({ kind: "pixels", op: "add", runs: [9, 2, 53], at: [0, 3] }, 8, 8)).toEqual({
      x0: 0, y0: 4, x1: 8, y1: 5,
    });
  });
});

describe("whole numbers", () => {
  it("takes roots rounded down, also beyond 2^53", () => {
    for (const n of [0, 1, 2, 3, 4, 2 ** 40 - 1, 2 ** 40]) {
      const root = floorRoot(n);
      expect(root * root <= n && (root + 1) * (root + 1) > n).toBe(true);
    }
    const big = 2 ** 40 + 12345;
    expect(floorRootOfProduct(big, big)).toBe(big);
    expect(floorRootOfProduct(big, big - 1)).toBe(big - 1);
  });

  it("keeps coordinates in bounds when a shape is moved", () => {
    const box: Drawn = { kind: "box", op: "add", points: [0, 0, 10, 10] };
    expect(moved(box, 2 ** 40, NaN)).toEqual({ ...box, points: [2 ** 21, 0, 2 ** 21, 0] });
  });

  it("refuses foreign documents", () => {
    for (const given of [null, 3, {}, { regions: {} }, { regions: [null] }, { regions: [{ name: 3 }] }]) {
      expect(() => checkedDocument(given)).toThrow(RangeError);
    }
    const twice = [{ name: "a" }, { name: " a " }];
    expect(() => checkedDocument({ regions: twice })).toThrow(/one name/);
    expect(() => checkedShape({ kind: "box", op: "add", points: [0, 0, NaN, 0] })).toThrow(RangeError);
  });
});

describe("discs", () => {
  it("grows to the corners of the picture and no further", () => {
    const mask = Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    growMask(mask, 3, 3, 1);
    expect(rows(mask, 3)).toEqual(["110", "100", "000"]);
    shrinkMask(mask, 3, 3, 1);
    expect(rows(mask, 3)).toEqual(["100", "000", "000"]);
  });

  it("does not shrink from the picture's border", () => {
    const mask = new Uint8Array(9).fill(1);
    shrinkMask(mask, 3, 3, 5);
    expect(mask.every((v) => v === 1)).toBe(true);
  });

  it("feathers by hand", () => {
    expect([...feathered(Uint8Array.from([1, 1, 0, 0, 0]), 5, 1, 2)]).toEqual([
      0.875, 0.625, 0.375, 0.125, 0,
    ]);
  });
});

describe("fills", () => {
  it("floods to four sides within a tolerance", () => {
    const picture = Uint8Array.from([9, 9, 50, 9, 50, 9, 50, 9, 9]);
    expect(rows(flood(picture, 3, 3, 1, 0, 0, 5), 3)).toEqual(["110", "100", "000"]);
    expect(flood(picture, 3, 3, 1, 0, 0, 41).every((v) => v === 1)).toBe(true);
    expect(flood(picture, 3, 3, 1, 3, 0, 255).some((v) => v === 1)).toBe(false);
  });

  it("takes the top of a map, never half of equal values", () => {
    const map = Float32Array.from([0, 0, 0, 0, 0, 0, 0, 3, 2, NaN]);
    expect(topValue(map, 0.5)).toBe(2);
    expect([...topShare(map, 0.12)]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
    expect(topValue(map, 0)).toBeNull();
    expect([...topShare(map, 1)].reduce((a, b) => a + b)).toBe(9);
    expect([...atLeast(map, 2.5)].indexOf(1)).toBe(7);
  });
});

describe("run lengths", () => {
  it("begins with zeros, and gives the mask back", () => {
    const mask = Uint8Array.from([1, 1, 0, 1]);
    expect(runsOf(mask)).toEqual([0, 2, 1, 1]);
    expect(maskOfRuns([0, 2, 1, 1], 4)).toEqual(mask);
    for (const wrong of [[3], [5], [-1, 5], [1.5, 2.5], [2 ** 60]]) {
      expect(() => maskOfRuns(wrong, 4)).toThrow(RangeError);
    }
  });

  it("writes COCO's columns as pycocotools does", () => {
    // pycocotools.mask.encode of [[0, 1, 1], [0, 0, 1]]
    const mask = Uint8Array.from([0, 1, 1, 0, 0, 1]);
    expect(cocoOf(mask, 3, 2)).toEqual({ size: [2, 3], counts: "2111" });
    expect(maskOfCoco({ size: [2, 3], counts: [2, 1, 1, 2] }, 3, 2)).toEqual(mask);
    expect(() => maskOfCoco({ size: [3, 2], counts: [6] }, 3, 2)).toThrow(/2 × 3/);
    for (const text of ["P", "PPPPPPPPPP4", "\u00e9", "O", "!"]) {
      expect(() => countsOfText(text)).toThrow(RangeError);
    }
  });
});

describe("snapshots", () => {
  it("packs as mask-bits does, and unpacks just a rectangle", () => {
    for (const size of [1, 7, 8, 9, 64, 100]) {
      const mask = Uint8Array.from({ length: size * 3 }, (_, i) => ((i * 7) % 11 < 5 || i > size ? 1 : 0));
      const bits = new Uint8Array((mask.length + 7) >> 3);
      packInto(mask, bits);
      expect(bits).toEqual(pack(mask));
      const back = new Uint8Array(mask.length).fill(9);
      const rect = { x0: size >> 2, y0: 1, x1: size, y1: 3 };
      unpackRect(bits, back, size, rect);
      for (let i = 0; i < mask.length; i++) {
        const inside = i >= size && i % size >= rect.x0;
        expect(back[i]).toBe(inside ? mask[i] : 9);
      }
    }
  });
});
