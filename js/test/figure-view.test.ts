import { describe, expect, it } from "vitest";
import { bytesOf } from "../src/figure-view";

describe("bytesOf", () => {
  const bytes = new Uint8Array([9, 137, 80, 78, 9]);

  it("reads a view where it stands in its buffer", () => {
    const view = new DataView(bytes.buffer, 1, 3);
    expect([...(bytesOf(view) ?? [])]).toEqual([137, 80, 78]);
  });

  it("reads a whole buffer", () => {
    expect(bytesOf(bytes.buffer)).toHaveLength(5);
  });

  it("takes nothing, or an empty value, as no picture", () => {
    expect(bytesOf(null)).toBeNull();
    expect(bytesOf("png")).toBeNull();
    expect(bytesOf(new ArrayBuffer(0))).toBeNull();
    expect(bytesOf(new Uint8Array(0))).toBeNull();
  });
});
