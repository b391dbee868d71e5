import { describe, expect, it } from "vitest";
import { rankOf, describe as words } from "../src/signal-readout";
import { featureValue, rowOf, rowOrder, rowText, rowWindow } from "../src/signal-rows";
import { SignalStore } from "../src/signal-store";

function shown(values: number[], more: Record<string, unknown> = {}, channels = 1): SignalStore {
  const store = new SignalStore();
  const axis = { name: "time", unit: "s", first: 0, step: 0.5, positions: false, rate: 2 };
  const length = values.length / channels;
  const message = { type: "data", kind: "signal", channels, length, axis, labels: [], value_name: "", ...more };
  store.receive(message, [Float32Array.from(values)]);
  return store;
}

describe("what a view shows", () => {
  it("takes in data, map, mask and selection and says what changed", () => {
    const store = shown([1, 2, 3, 4]);
    const heard: string[] = [];
    store.listen((part) => heard.push(part));
    store.receive({ type: "map" }, [Float32Array.of(0, 1, 2, 3)]);
    store.receive({ type: "mask" }, [Uint8Array.of(0b01100000)]);
    store.receive({ type: "strokes", strokes: [{ tool: "brush", start: 3, stop: 4 }] }, []);
    expect(heard).toEqual(["map", "mask", "paint"]);
    expect([store.map!.top, store.mask, store.selection.runs]).toEqual([3, [[1, 3]], [[3, 4]]]);
    store.receive({ type: "map" }, []);
    store.receive({ type: "mask" }, []);
    expect([store.map, store.mask]).toEqual([null, null]);
    // Of values that are nearly alike only the differences are drawn, and the axis says so.
    for (const [values, ground] of [[[0.98, 0.97, 1, 0.99], 0.97], [[1, 4, 2, 3], 0], [[2, 2, 2, 2], 0]] as const) {
      store.receive({ type: "map" }, [Float32Array.from(values)]);
      expect(store.map!.ground).toBeCloseTo(ground);
    }
  });

  it("splits channels and reads positions", () => {
    const axis = { name: "wavenumber", unit: "1/cm", first: 9, step: 1, positions: true, rate: null };
    const message = { type: "data", kind: "signal", channels: 2, length: 2, axis, labels: ["a", "b"] };
    const store = new SignalStore();
    store.receive(message, [Float32Array.of(1, 2, 3, 4), new Uint8Array(Float64Array.of(9, 7).buffer)]);
    expect(store.data!.channels.map((c) => [...c.values])).toEqual([[1, 2], [3, 4]]);
    expect([store.data!.axis.at(1), store.data!.axis.descending]).toEqual([7, true]);
    expect(words(store, 1)).toBe("wavenumber 7 cm⁻¹ · a 2 · b 4");
  });

  it("refuses wrong sizes and keeps what it had", () => {
    const store = shown([1, 2, 3]);
    expect(() => store.receive({ type: "map" }, [Float32Array.of(1)])).toThrow(/length/);
    expect(() => store.receive({ type: "mask" }, [new Uint8Array(4)])).toThrow(RangeError);
    expect(() => store.receive({ type: "data", channels: 2, length: 3 }, [Float32Array.of(1)])).toThrow(/2 × 3/);
    expect(store.data!.length).toBe(3);
  });

  it("drops what belonged to another length, and waits for data", () => {
    const store = shown([1, 2, 3]);
    store.receive({ type: "mask" }, [Uint8Array.of(128)]);
    store.receive({ type: "data", kind: "signal", channels: 1, length: 2 }, [Float32Array.of(1, 2)]);
    expect(store.mask).toBeNull();
    const early = new SignalStore();
    for (const m of [null, 3, { type: "map" }, { type: "mask" }, { type: "strokes", strokes: [] }]) early.receive(m, []);
    expect(early.data).toBeNull();
  });
});

describe("the line below", () => {
  it("tells position, value, map, rank and the limits of the stretch", () => {
    const store = shown([1, 2, 3, 4]);
    store.receive({ type: "map" }, [Float32Array.of(0.5, 4, 2, 4)]);
    store.receive({ type: "mask" }, [Uint8Array.of(0b01100000)]);
    expect(words(store, 2)).toBe("time 1.0 s · value 3 · map 2, rank 3 of 4 · in the explanation: 0.5 to 1.0 s");
    expect(words(store, 3)).toContain("rank 1 of 4 · outside");
    expect(words(store, null)).toBe("explanation 50.0 %: 0.5 to 1.0 s");
  });

  it("ranks from the highest", () => {
    const sorted = Float32Array.of(1, 2, 2, 5);
    expect([5, 2, 1].map((v) => rankOf(sorted, v))).toEqual([1, 2, 4]);
  });
});

describe("a table's rows", () => {
  const labels = ["age", "Income", "debt"];
  const store = shown([41, -0.5, 1e-9], { kind: "table", labels });
  store.receive({ type: "map" }, [Float32Array.of(1, 4, 1)]);
  store.receive({ type: "mask" }, [Uint8Array.of(0b01000000)]);

  it("are ordered and searched", () => {
    expect([...rowOrder(store, "responsibility", "")]).toEqual([1, 0, 2]);
    expect([...rowOrder(store, "order", "")]).toEqual([0, 1, 2]);
    expect([...rowOrder(store, "order", " in")]).toEqual([1]);
    expect([...rowOrder(new SignalStore(), "order", "")]).toEqual([]);
  });

  it("say all there is", () => {
    expect(rowOf(store, 1)).toEqual({ place: 1, name: "Income", value: "−0.5", share: 1, map: "4", kept: true, selected: false });
    expect(rowText(store, rowOf(store, 0))).toBe("age = 41 · map 1, rank 2 of 3 · outside the explanation");
    expect([featureValue(1e-9), featureValue(123456.789), featureValue(7)]).toEqual(["1.000e−9", "123460", "7"]);
  });

  it("are built only where they are seen", () => {
    expect(rowWindow(0, 280, 28, 5000)).toEqual([0, 16]);
    expect(rowWindow(2800, 280, 28, 5000)).toEqual([94, 22]);
    expect(rowWindow(99999, 280, 28, 10)).toEqual([3565, 0]);
  });
});
