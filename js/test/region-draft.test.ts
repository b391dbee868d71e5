import { describe, expect, it } from "vitest";
import { Draft, type DraftSettings } from "../src/region-draft";

const draft = (settings: Partial<DraftSettings>, x: number, y: number) =>
  new Draft({ tool: "box", op: "add", size: 8, keys: false, ...settings }, x, y);

describe("Draft", () => {
  it("draws with the brush, and thins points out", () => {
    const d = draft({ tool: "brush" }, 0, 0);
    for (let x = 1; x <= 300; x++) d.extend(x, 0);
    expect(d.shape()).toEqual({ kind: "brush", op: "add", size: 2048, points: [0, 0, 128, 0, 256, 0] });
    expect(draft({ tool: "eraser" }, 0, 0).shape()).toMatchObject({ op: "subtract" });
  });

  it("gives corners in order, none of a flat box, squares when asked", () => {
    const d = draft({}, 512, 512);
    expect(d.shape()).toBeNull();
    d.extend(0, 256);
    expect(d.shape()).toEqual({ kind: "box", op: "add", points: [0, 256, 512, 512] });
    d.extend(0, 256, true);
    expect(d.corners()).toEqual([0, 0, 512, 512]);
  });

  it("encloses whole pixels with keys", () => {
    const d = draft({ tool: "ellipse", keys: true }, 128, 128);
    d.extend(640, 384);
    expect(d.shape()).toMatchObject({ kind: "ellipse", points: [0, 0, 768, 512] });
  });

  it("closes a polygon at its first corner and takes corners back", () => {
    const d = draft({ tool: "polygon" }, 0, 0);
    d.corner(1000, 0, 10);
    d.corner(1005, 0, 10); // the second press of a double click
    expect(d.points).toHaveLength(4);
    expect(d.closes(0, 5, 10)).toBe(false);
    d.corner(1000, 1000, 10);
    expect(d.closes(0, 5, 10)).toBe(true);
    expect(d.shape()).toMatchObject({ kind: "polygon", points: [0, 0, 1000, 0, 1000, 1000] });
    expect(d.takeBack()).toBe(true);
    expect(d.shape()).toBeNull();
    d.takeBack();
    expect(d.takeBack()).toBe(false);
  });

  it("keeps to the coordinates that a shape may have", () => {
    const d = draft({}, -1e12, Number.NaN);
    d.extend(1e12, 256);
    expect(d.corners()).toEqual([-(2 ** 21), 0, 2 ** 21, 256]);
  });
});
