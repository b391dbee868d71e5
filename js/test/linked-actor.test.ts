import { beforeEach, expect, test } from "vitest";
import { LinkedActor } from "../src/linked-actor";
import {
  DIFFERENCE_STRENGTH, divergingTable, gradient, MAP_STRENGTH, pixelTable, placesOf, shadePlaces,
} from "../src/linked-colours";
import { asPixel, asRect, nearestPixel, pixelAt, rectOf } from "../src/linked-selection";
import { pairOf, positionOfShare, readState, shareAtPosition } from "../src/linked-state";
import { LinkedStore, type Shown } from "../src/linked-store";
import { StandInModel } from "../src/stand-in-model";

class CountingModel extends StandInModel {
  told = 0;
  override save_changes(): void {
    this.told++;
  }
}

const TRAITS = {
  mode: "side", tool: "select", first: "", second: "", divider: 0.5, blend: 0.5, top: 1, opacity: 0.7,
  colormap: "magma", over_picture: true, zoom: 1, pan_x: 0, pan_y: 0, cursor: [], selection: [],
};
// A canvas of ten CSS pixels per pixel of a 20 × 10 picture.
const canvas = { clientWidth: 200, clientHeight: 100 } as HTMLCanvasElement;
let model: CountingModel;
let store: LinkedStore;
let actor: LinkedActor;
let said: string[];

beforeEach(() => {
  model = new CountingModel(TRAITS, () => undefined);
  store = new LinkedStore();
  const views = ["photo", "other"].map((name, i) => ({ id: i, name, kind: "picture" as const, note: "" }));
  store.receive({ type: "views", width: 20, height: 10, views });
  for (const id of [0, 1]) store.receive({ type: "data", id }, [new Uint8Array(600)]);
  said = [];
  actor = new LinkedActor(model, store, {
    pane: () => ({ over: canvas }) as never,
    say: (words) => said.push(words),
    describe: () => `at ${String(model.get("cursor"))}`,
  });
});

test("threshold, cursor and zoom send nothing until the person leaves", () => {
  for (let i = 0; i < 50; i++) {
    actor.slide("top", 1 - i / 100);
    actor.hover(canvas, i, i);
    actor.moveCursor(1, 0);
    actor.zoomAt(canvas, 1.01, 50, 50);
    actor.pan(canvas, 1, 1);
  }
  actor.tap(canvas, 55, 15);
  expect(model.told).toBe(0);
  actor.tell();
  actor.tell();
  expect(model.told).toBe(1);
});

test("pointing and leaving sets no trait and sends nothing", () => {
  actor.hover(canvas, 55, 15);
  expect(store.hover).toEqual([5, 1]);
  actor.hover(canvas, -5, 15);
  expect(store.hover).toBeNull();
  actor.leave();
  actor.tell();
  expect(model.told).toBe(0);
});

test("a dragged rectangle is drawn on the way and told once at its end", () => {
  actor.select(canvas, [55, 15], [25, 45], false);
  expect(actor.drawn).toEqual([2, 1, 6, 5]);
  expect(model.get("selection")).toEqual([]);
  actor.select(canvas, [55, 15], [-90, 900], true);
  expect(actor.drawn).toBeNull();
  expect(model.get("selection")).toEqual([0, 1, 6, 10]);
  expect(model.told).toBe(1);
});

test("the keyboard selects by two corners, and Escape takes back step by step", () => {
  actor.moveCursor(0, 0);
  expect(model.get("cursor")).toEqual([10, 5]);
  actor.corner();
  actor.moveCursor(2, -3);
  expect(actor.drawn).toEqual([10, 2, 13, 6]);
  actor.cancel();
  expect(actor.drawn).toBeNull();
  actor.corner();
  actor.moveCursor(-100, 0);
  actor.corner();
  expect(model.get("selection")).toEqual([0, 2, 13, 3]);
  expect(said).toContain("selected");
  actor.cancel();
  expect(model.get("selection")).toEqual([]);
  expect(model.get("cursor")).toEqual([]);
});

test("the cursor is kept in sight when zoomed in", () => {
  actor.zoom(10);
  const before = model.get("pan_x");
  actor.moveCursor(8, 0);
  expect(model.get("pan_x")).not.toBe(before);
  const { panX } = actor.viewport({ canvasWidth: 200, canvasHeight: 100, width: 20, height: 10 });
  expect(Math.abs(18.5 - 10 - panX)).toBeLessThanOrEqual(1);
});

test("swapping exchanges what is compared", () => {
  actor.swap();
  expect([model.get("first"), model.get("second")]).toEqual(["other", "photo"]);
  expect(model.told).toBe(1);
});

test("the pair falls back to the first two views that differ", () => {
  const views = ["a", "b", "c"].map((name, id) => ({ id, name, kind: "map" }) as unknown as Shown);
  const names = (first: string, second: string) => pairOf(views, first, second)?.map((v) => v.name);
  expect(names("", "")).toEqual(["a", "b"]);
  expect(names("gone", "a")).toEqual(["b", "a"]);
  expect(names("c", "gone")).toEqual(["c", "a"]);
  expect(names("c", "c")).toEqual(["c", "c"]);
  expect(pairOf(views.slice(1, 2), "", "")).toBeNull();
});

test("state out of range is read as the nearest that is allowed", () => {
  model.set("divider", 7);
  model.set("mode", "upside down");
  model.set("cursor", [20, 0]);
  model.set("selection", [0, 0, 30, 2]);
  const state = readState(model, store);
  expect([state.divider, state.mode, state.cursor, state.selection]).toEqual([1, "side", null, null]);
});

test("the threshold slider is fine where little is left", () => {
  expect(shareAtPosition(0)).toBe(1);
  expect(shareAtPosition(1)).toBe(0.001);
  expect(shareAtPosition(0.5)).toBeCloseTo(0.0316, 4);
  for (const p of [0, 0.25, 0.5, 0.9, 1]) expect(positionOfShare(shareAtPosition(p))).toBeCloseTo(p, 2);
  expect(positionOfShare(0)).toBe(1);
});

test("pixels and rectangles", () => {
  expect(pixelAt(19.9, 9.9, 20, 10)).toEqual([19, 9]);
  expect(pixelAt(20, 0, 20, 10)).toBeNull();
  expect(nearestPixel(99, -3, 20, 10)).toEqual([19, 0]);
  expect(rectOf([3, 1], [1, 4])).toEqual([1, 1, 4, 5]);
  expect(rectOf([2, 2], [2, 2])).toEqual([2, 2, 3, 3]);
  expect(asRect([0, 0, 20, 10], 20, 10)).toEqual([0, 0, 20, 10]);
  for (const bad of [null, [], [0, 0, 0, 1], [0, 0, 21, 1], [0.5, 0, 1, 1], ["0", 0, 1, 1]]) {
    expect(asRect(bad, 20, 10)).toBeNull();
  }
  expect(asPixel([1, 2], 20, 10)).toEqual([1, 2]);
  expect(asPixel([1], 20, 10)).toBeNull();
});

test("differences are blue below zero, red above, and clear at it", () => {
  const values = Float32Array.of(-2, 2, 0, 0.5, -1);
  const rgba = new Uint8ClampedArray(20);
  const table = pixelTable(divergingTable(), DIFFERENCE_STRENGTH);
  shadePlaces(placesOf(values, -2, 2), values.map(Math.abs), 0.75, table, new Uint32Array(rgba.buffer));
  const pixel = (i: number) => [...rgba.slice(i * 4, i * 4 + 4)];
  expect(pixel(0)).toEqual([0x21, 0x66, 0xac, 255]);
  expect(pixel(1)).toEqual([0xb2, 0x18, 0x2b, 255]);
  expect([pixel(2)[3], pixel(3)[3]]).toEqual([0, 0]);
  expect(pixel(4)[3]).toBe(181);
  expect(gradient(divergingTable(), 2)).toBe("linear-gradient(to right, rgb(33 102 172), rgb(178 24 43))");
});

test("maps fade in over their range, and only values above zero are seen", () => {
  const values = Float32Array.of(-1, 0, 1, 2, 4);
  const rgba = new Uint8ClampedArray(20);
  const grey = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  const shade = (cut: number) => {
    const table = pixelTable(grey, MAP_STRENGTH);
    shadePlaces(placesOf(values, 0, 4), values, cut, table, new Uint32Array(rgba.buffer));
    return [0, 1, 2, 3, 4].map((i) => rgba[i * 4 + 3]);
  };
  expect(shade(0)).toEqual([0, 0, 91, 183, 255]);
  expect([rgba[16], rgba[12]]).toEqual([255, 128]);
  expect(shade(2)).toEqual([0, 0, 0, 183, 255]);
  expect([...placesOf(Float32Array.of(3, 3), 3, 3)]).toEqual([0, 0]);
});
