import { describe, expect, it } from "vitest";
import { pack, packedLength, unpack } from "../src/mask-bits";

describe("mask bits", () => {
  it("packs like numpy.packbits: first pixel highest, padded with zeros", () => {
    // np.packbits([1,0,0,0,0,0,0,0, 0,1,1]) == [128, 96]
    expect([...pack(Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]))]).toEqual([128, 96]);
  });

  it("gives back what it packed, at every remainder of eight", () => {
    for (let n = 0; n <= 33; n++) {
      const mask = Uint8Array.from({ length: n }, (_, i) => ((i * 7 + n) % 3 === 0 ? 1 : 0));
      expect([...unpack(pack(mask), n)]).toEqual([...mask]);
    }
  });

  it("takes any non-zero value as set", () => {
    expect([...pack(Uint8Array.from([255, 2, 0]))]).toEqual([192]);
  });

  it("refuses a wrong number of bytes", () => {
    expect(packedLength(17)).toBe(3);
    expect(() => unpack(new Uint8Array(2), 17)).toThrow(/takes 3 bytes, not 2/);
    expect(() => unpack(new Uint8Array(4), 17)).toThrow(RangeError);
  });
});
