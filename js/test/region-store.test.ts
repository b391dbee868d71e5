import { describe, expect, it } from "vitest";
import type { Shape } from "../src/region-shapes";
import { RegionStore } from "../src/region-store";
import type { EditMessage } from "../src/region-sync";

const [W, H] = [8, 4];
const BOX: Shape = { kind: "box", op: "add", points: [256, 256, 768, 768] };

function shown(most = 1e6) {
  const sent: unknown[] = [];
  const store = new RegionStore((content) => void sent.push(content), most);
  store.receive({ type: "picture", width: W, height: H }, [new Uint8Array(W * H * 3)]);
  regions(store, { shapes: [] });
  return { store, sent: sent as EditMessage[] };
}

function regions(store: RegionStore, one: object, more: object = {}): void {
  const document = { active: "one", regions: [{ name: "one", colour: "#010203", feather: 0, ...one }] };
  store.receive({ type: "regions", epoch: 1, undoable: false, document, ...more });
}

describe("RegionStore", () => {
  it("waits for the picture", () => {
    const store = new RegionStore();
    regions(store, { shapes: [BOX] });
    expect(store.edits.names).toEqual(["region"]);
  });

  it("sends each edit once and none of the kernel's own", () => {
    const { store, sent } = shown();
    regions(store, { shapes: [BOX] });
    expect(store.edits.area()).toBe(4);
    expect(sent).toEqual([]);
    store.edit(() => store.edits.add({ kind: "invert" }));
    expect(sent).toHaveLength(1);
    expect(sent[0]!.epoch).toBe(1);
    expect(sent[0]!.regions[0]).toMatchObject({ colour: "#010203", keep: 1 });
  });

  it("undoes what came back shape by shape", () => {
    const { store } = shown();
    regions(store, { shapes: [BOX, { kind: "invert" }] });
    store.edit(() => store.edits.undo());
    expect(store.edits.area()).toBe(4);
    store.edit(() => store.edits.undo());
    expect(store.edits.area()).toBe(0);
    expect(store.edits.canUndo).toBe(false);
  });

  it("takes a change of the kernel as a step of undo", () => {
    const { store } = shown();
    store.edit(() => store.edits.add(BOX));
    const pixels = { kind: "pixels", op: "add", runs: [0, 2, W * H - 2] };
    regions(store, { shapes: [pixels] }, { undoable: true, epoch: 2 });
    expect(store.edits.area()).toBe(2);
    store.edit(() => store.edits.undo());
    expect(store.edits.area()).toBe(4);
  });

  it("leaves shapes that the kernel does not name", () => {
    const { store } = shown();
    store.edit(() => store.edits.add(BOX));
    regions(store, { feather: 3 }, { undoable: true });
    expect(store.edits.area()).toBe(4);
    expect(store.edits.region().feather).toBe(3);
  });

  it("says what cannot be done, and clears it with the next edit", () => {
    const { store, sent } = shown();
    expect(store.edit(() => store.edits.removeRegion("one"))).toBe(false);
    expect(store.problem).not.toBe("");
    expect(sent).toEqual([]);
    store.edit(() => store.edits.add(BOX));
    expect(store.problem).toBe("");
  });

  it("takes back an edit too large to be sent", () => {
    const { store, sent } = shown(600);
    store.edit(() => store.edits.add(BOX));
    const points = Array.from({ length: 400 }, (_, i) => 1000 + i);
    expect(store.edit(() => store.edits.add({ kind: "polygon", op: "add", points }))).toBe(false);
    expect(store.problem).toMatch(/taken back/);
    expect(store.edits.region().shapes).toEqual([BOX]);
    expect(sent).toHaveLength(1);
    store.edit(() => store.edits.add({ kind: "invert" }));
    expect(sent[1]!.regions[0]).toMatchObject({ keep: 1, shapes: [{ kind: "invert" }] });
  });

  it("keeps colours apart and with their region", () => {
    const { store } = shown();
    store.edit(() => store.edits.addRegion("two"));
    expect(store.colour("two")).not.toBe(store.colour("one"));
    store.rename("one", "nose");
    expect(store.colour("nose")).toBe("#010203");
  });
});
