import { describe, expect, it } from "vitest";
import { unpack } from "../src/mask-bits";
import { RegionEdits } from "../src/region-edits";
import { packedRect, RegionSync } from "../src/region-sync";
import type { Drawn } from "../src/region-shapes";

const [W, H] = [9, 7];
const box = (x0: number, y0: number, x1: number, y1: number): Drawn => ({
  kind: "box",
  op: "add",
  points: [x0, y0, x1, y1].map((v) => v * 256),
});

function set() {
  const edits = new RegionEdits(W, H, ["one", "two"]);
  const sync = new RegionSync(W, H);
  sync.settle(edits.document());
  edits.listen((change) => {
    if (!change.rect) return;
    const names = change.what === "all" ? edits.names : [change.region];
    for (const name of names) sync.touch(name, change.rect);
  });
  const parcel = () => {
    const made = sync.parcel(edits.document(), 3, (n) => edits.mask(n), () => "#123456");
    sync.settle(edits.document());
    return made;
  };
  return { edits, parcel };
}

describe("packedRect", () => {
  it("packs a rectangle row after row", () => {
    const mask = Uint8Array.from({ length: W * H }, (_, i) => (i % 3 === 0 ? 1 : 0));
    const rect = { x0: 2, y0: 1, x1: 7, y1: 4 };
    const bits = unpack(new Uint8Array(packedRect(mask, W, rect)), 15);
    const expected = [];
    for (let y = 1; y < 4; y++) for (let x = 2; x < 7; x++) expected.push(mask[y * W + x]);
    expect([...bits]).toEqual(expected);
  });
});

describe("RegionSync", () => {
  it("sends new shapes and changed pixels only", () => {
    const { edits, parcel } = set();
    edits.add(box(1, 1, 3, 3));
    const first = parcel();
    expect(first.content.epoch).toBe(3);
    expect(first.content.regions[0]).toMatchObject({ of: "one", keep: 0, rect: [1, 1, 3, 3] });
    expect(first.content.regions[1]).toMatchObject({ of: "two", shapes: [], rect: null });
    expect(first.buffers.map((b) => b.byteLength)).toEqual([1]);
    edits.add(box(4, 4, 6, 6));
    const second = parcel().content.regions[0]!;
    expect(second.keep).toBe(1);
    expect(second.shapes).toHaveLength(1);
    edits.undo();
    expect(parcel().content.regions[0]).toMatchObject({ keep: 1, shapes: [], rect: [4, 4, 6, 6] });
    expect(parcel().buffers).toEqual([]);
  });

  it("takes a renamed or copied region from the one that it was", () => {
    const { edits, parcel } = set();
    edits.add(box(1, 1, 3, 3));
    parcel();
    edits.rename("one", "nose");
    const renamed = parcel().content;
    expect(renamed.active).toBe("nose");
    expect(renamed.regions[0]).toMatchObject({ name: "nose", of: "one", keep: 1 });
  });

  it("sends a new region whole", () => {
    const { edits, parcel } = set();
    edits.add(box(1, 1, 3, 3));
    edits.add(box(2, 2, 5, 5), "two");
    parcel();
    edits.removeRegion("two");
    expect(parcel().content.regions.map((r) => r.name)).toEqual(["one"]);
    edits.undo();
    const back = parcel();
    expect(back.content.regions[1]).toMatchObject({ of: null, keep: 0, rect: [0, 0, W, H] });
    expect(back.bytes).toBeGreaterThan(8);
  });
});
