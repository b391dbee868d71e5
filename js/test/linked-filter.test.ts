import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { shadePlaces } from "../src/linked-colours";
import { hiddenWords, keptWhere, lowerQuantile, quantileWords, shownWhere } from "../src/linked-filter";
import { FilteredLayer, Layer } from "../src/linked-layer";
import { readingAt, statisticsIn } from "../src/linked-readings";
import { LinkedStore, type Heading } from "../src/linked-store";

interface Case {
  readonly values: number[];
  /** Quantiles, each with how many of the values are at most it. */
  readonly shown: [number, number][];
}
// Written by the kernel's side: tests/widgets/test_linked_filter.py.
const CASES: Case[] = JSON.parse(readFileSync(new URL("linked-filter-cases.json", import.meta.url), "utf8"));

const IMPORTANCE = Float32Array.of(0.5, 0.6, 0.7, 0.8, 0.9, 1);
const UNCERTAINTY = Float32Array.of(5, 1, 3, 3, 2, 9);

test("the same places are shown as the kernel says", () => {
  expect(CASES.length).toBe(18);
  for (const { values, shown } of CASES) {
    const by = Float32Array.from(values);
    const sorted = by.slice().sort();
    for (const [quantile, count] of shown) {
      const cut = sorted[count - 1]!;
      expect(lowerQuantile(sorted, quantile), `${by.length} at ${quantile}`).toBe(cut);
      const found = shownWhere(by, cut);
      expect(found.reduce((n, v) => n + v, 0)).toBe(count);
    }
  }
});

test("half is the lower of the two in the middle, and ends are the smallest and the largest", () => {
  const sorted = Float32Array.of(1, 2, 3, 4);
  expect([0, 0.33, 0.5, 0.67, 1].map((q) => lowerQuantile(sorted, q))).toEqual([1, 1, 2, 3, 4]);
  expect([-1, 2].map((q) => lowerQuantile(sorted, q))).toEqual([1, 4]);
  expect(lowerQuantile(new Float32Array(), 0.5)).toBeNaN();
});

test("ties are shown, and what is no number is not", () => {
  expect([...shownWhere(Float32Array.of(1, 2, 2, 3, NaN), 2)]).toEqual([1, 1, 1, 0, 0]);
  expect([...shownWhere(Float32Array.of(1, 2), NaN)]).toEqual([0, 0]);
  expect([...keptWhere(Float32Array.of(-4, 5, 6), Uint8Array.of(1, 0, 1))]).toEqual([-4, 0, 6]);
});

test("the words tell two numbers apart", () => {
  expect(hiddenWords("uncertainty", 0.012, 0.01)).toBe("not shown: uncertainty 0.012 above 0.01");
  expect(hiddenWords("uncertainty", 0.0100001, 0.01)).toBe("not shown: uncertainty just above 0.01");
  expect([0.5, 0.125, 0.07, 1].map(quantileWords)).toEqual([
    "quantile 50 %", "quantile 12.5 %", "quantile 7 %", "quantile 100 %",
  ]);
});

function filtered(quantile: number): FilteredLayer {
  const layer = (values: Float32Array) => new Layer("map", values, new Uint8Array(), 3, 2);
  return new FilteredLayer(layer(IMPORTANCE), layer(UNCERTAINTY), "uncertainty", quantile);
}

test("what is not shown is transparent, and the rest has the whole map's colours", () => {
  const layer = filtered(0.5);
  const table = Uint32Array.from({ length: 256 }, (_, i) => i + 1);
  const [whole, part] = [new Uint32Array(6), new Uint32Array(6)];
  shadePlaces(layer.source.places, layer.source.sizes, 0, table, whole);
  shadePlaces(layer.places, layer.sizes, 0, table, part, layer.bytes);
  expect([...part]).toEqual([...whole].map((v, i) => (layer.bytes[i] ? v : 0)));
  expect(whole.every((v) => v > 0)).toBe(true);
  expect([...layer.values]).toEqual([...IMPORTANCE].map((v, i) => (layer.bytes[i] ? v : 0)));
});

test("a filtered map has the scale and the ranks of the whole one", () => {
  const layer = filtered(0.5);
  expect(layer.limit).toBe(3);
  expect([...layer.bytes]).toEqual([0, 1, 1, 1, 1, 0]);
  expect([layer.lowest, layer.top]).toEqual([0.5, 1]);
  expect([...layer.places]).toEqual([...layer.source.places]);
  expect(readingAt(layer, 3, [0, 1])).toEqual(readingAt(layer.source, 3, [0, 1]));
  expect(readingAt(layer, 3, [0, 0])).toEqual({ value: "not shown: uncertainty 5 above 3", rank: "" });
  const found = statisticsIn(layer, 3, [0, 0, 3, 1]);
  expect(found.mean).toBeCloseTo(1.3 / 3, 6);
  expect(found.share).toBeCloseTo(1.3 / 3, 6);
});

const HEADINGS: Heading[] = [
  { id: 1, name: "importance", kind: "map", note: "" },
  { id: 2, name: "uncertainty", kind: "map", note: "" },
  { id: 0, name: "U-RELAX", kind: "map", note: "", filter: [1, 2] },
];

function store(): LinkedStore {
  const made = new LinkedStore();
  made.receive({ type: "views", width: 3, height: 2, views: HEADINGS });
  made.receive({ type: "data", id: 1 }, [IMPORTANCE]);
  return made;
}

test("the view appears with the second of its maps, and follows the quantile", () => {
  const made = store();
  expect(made.views.map((v) => v.name)).toEqual(["importance"]);
  made.receive({ type: "data", id: 2 }, [UNCERTAINTY]);
  expect(made.complete).toBe(true);
  const view = () => made.views[2]!;
  expect([...view().layer.bytes]).toEqual([0, 1, 1, 1, 1, 0]);
  expect(view().note).toBe("where uncertainty ≤ 3");
  const heard: string[] = [];
  made.listen((change) => heard.push(change));
  const before = view().layer;
  made.filterAt(0.5);
  expect(view().layer).toBe(before);
  made.filterAt(0.2);
  made.filterAt(0.2);
  expect(heard).toEqual(["views"]);
  expect([...view().layer.bytes]).toEqual([0, 1, 0, 0, 1, 0]);
});

test("another array for the map that decides makes another view", () => {
  const made = store();
  made.receive({ type: "data", id: 2 }, [UNCERTAINTY]);
  const views: Heading[] = [HEADINGS[0]!, { ...HEADINGS[1]!, id: 3 }, { ...HEADINGS[2]!, filter: [1, 3] }];
  made.receive({ type: "views", width: 3, height: 2, views });
  expect(made.views.map((v) => v.name)).toEqual(["importance"]);
  made.receive({ type: "data", id: 3 }, [IMPORTANCE]);
  expect([...made.views[2]!.layer.bytes]).toEqual([1, 1, 1, 0, 0, 0]);
});

test("a quantile without a filter tells nobody", () => {
  const made = new LinkedStore();
  made.receive({ type: "views", width: 3, height: 2, views: HEADINGS.slice(0, 1) });
  made.listen(() => expect.unreachable());
  made.filterAt(0.3);
});
