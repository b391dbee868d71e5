import { describe, expect, it } from "vitest";
import { LayerStore } from "../src/layer-store";

function withPicture(width: number, height: number): LayerStore {
  const store = new LayerStore();
  store.receive({ type: "picture", width, height }, [new Uint8Array(width * height * 3)]);
  return store;
}

describe("layer store", () => {
  it("takes in picture, map and mask and says what changed", () => {
    const store = new LayerStore();
    const heard: string[] = [];
    store.listen((part) => heard.push(part));
    store.receive({ type: "picture", width: 2, height: 2 }, [new Uint8Array(12)]);
    store.receive({ type: "map" }, [new Float32Array([1, 2, 3, 4])]);
    store.receive({ type: "mask" }, [Uint8Array.from([0b10010000])]);
    store.receive({ type: "strokes", strokes: [{ tool: "brush", size: 1, points: [[0.5, 0.5]] }] });
    expect(heard).toEqual(["picture", "map", "mask", "paint"]);
    expect(store.map!.top).toBe(4);
    expect([...store.mask!.pixels]).toEqual([1, 0, 0, 1]);
    expect([...store.history.mask]).toEqual([1, 0, 0, 0]);
  });

  it("reads a map at any offset of its buffer", () => {
    const store = withPicture(2, 1);
    const bytes = new Uint8Array(11);
    bytes.set(new Uint8Array(new Float32Array([0.5, 7]).buffer), 3);
    store.receive({ type: "map" }, [new DataView(bytes.buffer, 3, 8)]);
    expect([...store.map!.values]).toEqual([0.5, 7]);
  });

  it("takes layers away when a message has no data", () => {
    const store = withPicture(1, 1);
    store.receive({ type: "map" }, [new Float32Array([1])]);
    store.receive({ type: "map" }, []);
    store.receive({ type: "mask" }, []);
    expect([store.map, store.mask]).toEqual([null, null]);
  });

  it("drops layers with the size they belonged to", () => {
    const store = withPicture(1, 1);
    store.receive({ type: "map" }, [new Float32Array([1])]);
    store.receive({ type: "picture", width: 1, height: 1 }, [new Uint8Array(3)]);
    expect(store.map).not.toBeNull();
    store.receive({ type: "picture", width: 2, height: 1 }, [new Uint8Array(6)]);
    expect(store.map).toBeNull();
  });

  it("refuses wrong sizes and keeps what it had", () => {
    const store = withPicture(2, 2);
    store.receive({ type: "map" }, [new Float32Array([1, 2, 3, 4])]);
    expect(() => store.receive({ type: "map" }, [new Float32Array(3)])).toThrow(/picture's size/);
    expect(() => store.receive({ type: "mask" }, [new Uint8Array(9)])).toThrow(/picture's size/);
    expect(() => store.receive({ type: "picture", width: 9, height: 9 }, [])).toThrow(/9 × 9/);
    expect(store.map!.top).toBe(4);
    expect(store.width).toBe(2);
  });

  it("waits for the picture before it takes in layers", () => {
    const store = new LayerStore();
    store.receive({ type: "map" }, [new Float32Array([1, 2])]);
    store.receive({ type: "mask" }, [new Uint8Array(1)]);
    store.receive({ type: "strokes", strokes: [{ tool: "clear" }] });
    expect([store.map, store.mask, store.history.canUndo]).toEqual([null, null, false]);
  });

  it("ignores other messages", () => {
    const store = withPicture(1, 1);
    for (const m of [null, 3, "x", {}, { type: "ack" }]) store.receive(m, []);
    expect(store.picture).not.toBeNull();
  });
});
