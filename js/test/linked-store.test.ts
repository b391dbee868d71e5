import { expect, test } from "vitest";
import { readingAt, signed, statisticsIn, statisticsWords } from "../src/linked-readings";
import { LinkedStore, type Heading, type Shown } from "../src/linked-store";
import { pack } from "../src/mask-bits";

const HEADINGS: Heading[] = [
  { id: 1, name: "photo", kind: "picture", note: "" },
  { id: 2, name: "map", kind: "map", note: "" },
  { id: 3, name: "difference", kind: "difference", note: "a − b" },
  { id: 4, name: "mask", kind: "mask", note: "" },
];
const PICTURE = Uint8Array.from({ length: 18 }, (_, i) => i * 10);
const MAP = Float32Array.of(0, 1, 2, 3, 4, 6);
const DIFFERENCE = Float32Array.of(-4, 0, 1, 2, -1, 0);
const MASK = Uint8Array.of(1, 0, 0, 1, 1, 0);

function filled(): LinkedStore {
  const store = new LinkedStore();
  store.receive({ type: "views", width: 3, height: 2, views: HEADINGS });
  const buffers = [PICTURE, new Uint8Array(MAP.buffer), new Uint8Array(DIFFERENCE.buffer), pack(MASK)];
  buffers.forEach((b, i) => store.receive({ type: "data", id: i + 1 }, [new DataView(b.buffer)]));
  return store;
}

const named = (store: LinkedStore, name: string): Shown => store.views.find((v) => v.name === name)!;

test("views appear in their order once their arrays have arrived", () => {
  const store = new LinkedStore();
  store.receive({ type: "views", width: 3, height: 2, views: HEADINGS });
  expect(store.views).toEqual([]);
  expect(store.complete).toBe(false);
  store.receive({ type: "data", id: 2 }, [new DataView(MAP.buffer)]);
  store.receive({ type: "data", id: 1 }, [new DataView(PICTURE.buffer)]);
  expect(store.views.map((v) => v.name)).toEqual(["photo", "map"]);
  const all = filled();
  expect(all.complete).toBe(true);
  expect(all.picture?.name).toBe("photo");
});

test("arrays at odd offsets are read", () => {
  const store = new LinkedStore();
  store.receive({ type: "views", width: 3, height: 2, views: [HEADINGS[1]!] });
  const shifted = new Uint8Array(25);
  shifted.set(new Uint8Array(MAP.buffer), 1);
  store.receive({ type: "data", id: 2 }, [new DataView(shifted.buffer, 1, 24)]);
  expect([...named(store, "map").layer.values]).toEqual([...MAP]);
});

test("what does not fit is refused and changes nothing", () => {
  const store = filled();
  const views = [...HEADINGS, { id: 5, name: "new", kind: "map" as const, note: "" }];
  store.receive({ type: "views", width: 3, height: 2, views });
  expect(() => store.receive({ type: "data", id: 5 }, [new Uint8Array(4)])).toThrow(/"new" does not fit/);
  expect(() => store.receive({ type: "data", id: 5 }, [])).toThrow(RangeError);
  expect(store.views).toHaveLength(4);
  store.receive({ type: "data", id: 99 }, [new Uint8Array(4)]);
  store.receive({ type: "other" });
  expect(store.views).toHaveLength(4);
});

test("a view that is no longer named is forgotten, a new size forgets all", () => {
  const store = filled();
  store.receive({ type: "views", width: 3, height: 2, views: HEADINGS.slice(0, 2) });
  expect(store.views.map((v) => v.id)).toEqual([1, 2]);
  store.receive({ type: "views", width: 2, height: 2, views: HEADINGS.slice(0, 2) });
  expect(store.views).toEqual([]);
});

test("hovering tells once per pixel", () => {
  const store = filled();
  const heard: string[] = [];
  const forget = store.listen((change) => heard.push(change));
  store.setHover([1, 1]);
  store.setHover([1, 1]);
  store.setHover(null);
  store.setHover(null);
  forget();
  store.setHover([0, 0]);
  expect(heard).toEqual(["hover", "hover"]);
});

test("readings give value and rank in the view's own terms", () => {
  const store = filled();
  const read = (name: string, x: number, y: number) => readingAt(named(store, name).layer, 3, [x, y]);
  expect(read("photo", 1, 0)).toEqual({ value: "30 40 50", rank: "" });
  expect(read("map", 2, 1)).toEqual({ value: "6", rank: "top 16.7 %" });
  expect(read("map", 1, 1)).toEqual({ value: "4", rank: "top 33.3 %" });
  expect(read("difference", 0, 0)).toEqual({ value: "−4", rank: "top 16.7 %" });
  expect(read("difference", 2, 0)).toEqual({ value: "+1", rank: "top 66.7 %" });
  expect(read("mask", 0, 0)).toEqual({ value: "inside", rank: "" });
  expect(read("mask", 1, 0)).toEqual({ value: "outside", rank: "" });
  expect([signed(0), signed(0.5), signed(-0.25)]).toEqual(["0", "+0.5", "−0.25"]);
});

test("a selection sums up mean, largest value and share of the whole", () => {
  const store = filled();
  const sum = (name: string) => statisticsIn(named(store, name).layer, 3, [0, 0, 2, 2]);
  expect(sum("map")).toEqual({ mean: 2, max: 4, share: 0.5 });
  expect(sum("difference")).toEqual({ mean: -0.75, max: 2, share: 7 / 8 });
  expect(sum("mask")).toEqual({ mean: 0.75, max: 1, share: 1 });
  const photo = sum("photo");
  // Pixels 0, 1, 3, 4 have brightness 30 i + 0.587 · 10 + 0.114 · 20.
  expect(photo.mean).toBeCloseTo(60 + 8.15, 9);
  expect(photo.max).toBeCloseTo(120 + 8.15, 9);
  expect(photo.share).toBeNaN();
  expect(statisticsWords(named(store, "mask").layer, sum("mask"))).toEqual(["75.0 %", "", "100 %"]);
  expect(statisticsWords(named(store, "difference").layer, sum("difference"))).toEqual(["−0.75", "+2", "87.5 %"]);
});

test("the strongest share of a map is cut by rank, of a difference by size", () => {
  const store = filled();
  const left = (name: string, share: number) => {
    const { layer } = named(store, name);
    const cut = layer.cut(share);
    return layer.sizes.filter((v) => v >= cut).length;
  };
  expect(left("map", 1)).toBe(6);
  expect(left("map", 0.2)).toBe(2);
  expect(named(store, "difference").layer.cut(0)).toBe(4);
  expect(named(store, "difference").layer.top).toBe(4);
});
