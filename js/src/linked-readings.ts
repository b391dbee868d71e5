// What the views say at a pixel and inside a rectangle. No DOM.

import { abs, round } from "./arithmetic";
import { percent, value } from "./format";
import type { Layer } from "./linked-layer";
import type { Pixel, Rect } from "./linked-selection";
import { shareAbove } from "./threshold";

export interface Reading {
  readonly value: string;
  /** Where the value stands among all of its view: "top 3.0 %"; empty where there is no order. */
  readonly rank: string;
}

export interface Statistics {
  readonly mean: number;
  readonly max: number;
  /** What of the view's whole lies inside, 0..1; NaN where that means nothing. */
  readonly share: number;
}

/** A value with its sign, also where it is above zero. */
export function signed(v: number): string {
  return `${v > 0 ? "+" : v < 0 ? "−" : ""}${value(abs(v))}`;
}

export function readingAt(layer: Layer, width: number, [x, y]: Pixel): Reading {
  const i = y * width + x;
  if (layer.kind === "picture") return { value: [0, 1, 2].map((c) => layer.bytes[i * 3 + c]).join(" "), rank: "" };
  if (layer.kind === "mask") return { value: layer.bytes[i] ? "inside" : "outside", rank: "" };
  const hidden = layer.hidden(i);
  if (hidden) return { value: hidden, rank: "" };
  const v = layer.values[i]!;
  const rank = `top ${percent(shareAbove(layer.sorted, layer.sizes[i]!))}`;
  return { value: layer.kind === "difference" ? signed(v) : value(v), rank };
}

/** Brightness of an RGB colour, 0..255 (ITU-R BT.601 weights). */
function brightness(rgb: Uint8Array, i: number): number {
  return 0.299 * rgb[i * 3]! + 0.587 * rgb[i * 3 + 1]! + 0.114 * rgb[i * 3 + 2]!;
}

/**
 * Mean and largest value inside a rectangle, and what share of the view's whole lies in it: of the
 * values above zero, of the sizes of differences, of a mask's pixels. Of pictures the brightness.
 */
export function statisticsIn(layer: Layer, width: number, rect: Rect): Statistics {
  const { kind, bytes, values } = layer;
  const at =
    kind === "picture"
      ? (i: number) => brightness(bytes, i)
      : kind === "mask"
        ? (i: number) => bytes[i]!
        : (i: number) => values[i]!;
  const weight = kind === "difference" ? abs : (v: number) => Math.max(v, 0);
  const [x0, y0, x1, y1] = rect;
  let [sum, inside, max] = [0, 0, -Infinity];
  for (let y = y0; y < y1; y++) {
    for (let i = y * width + x0; i < y * width + x1; i++) {
      const v = at(i);
      sum += v;
      inside += weight(v);
      if (v > max) max = v;
    }
  }
  return {
    mean: sum / ((x1 - x0) * (y1 - y0)),
    max,
    share: kind === "picture" ? NaN : share(inside, total(layer, weight)),
  };
}

const totals = new WeakMap<Layer, number>();

function total(layer: Layer, weight: (v: number) => number): number {
  let known = totals.get(layer);
  if (known === undefined) {
    const all = layer.kind === "mask" ? layer.bytes : layer.values;
    known = 0;
    for (let i = 0; i < all.length; i++) known += weight(all[i]!);
    totals.set(layer, known);
  }
  return known;
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : NaN;
}

/** The three numbers as a person reads them, in the view's own terms. */
export function statisticsWords(layer: Layer, s: Statistics): [string, string, string] {
  const own =
    layer.kind === "mask"
      ? percent
      : layer.kind === "difference"
        ? signed
        : layer.kind === "picture"
          ? (v: number) => String(round(v))
          : value;
  return [own(s.mean), layer.kind === "mask" ? "" : own(s.max), percent(s.share)];
}
