// The rows of a table of features: their order and what each says. No DOM.

import { abs, ceil, floor, max, min } from "./arithmetic";
import { count, value } from "./format";
import { runAt } from "./signal-intervals";
import { rankOf } from "./signal-readout";
import type { SignalStore } from "./signal-store";

export interface Row {
  readonly place: number;
  readonly name: string;
  readonly value: string;
  /** Responsibility as a share of the largest, 0..1; null without a map. */
  readonly share: number | null;
  readonly map: string;
  readonly kept: boolean;
  readonly selected: boolean;
}

/**
 * Places in the order in which they are listed: by falling responsibility (equal ones as they
 * stand), or as they stand; only those whose name contains `search`.
 */
export function rowOrder(store: SignalStore, sort: string, search: string): Int32Array<ArrayBuffer> {
  const { data, map } = store;
  if (!data) return new Int32Array(0);
  let places = Int32Array.from({ length: data.length }, (_, i) => i);
  const wanted = search.trim().toLowerCase();
  if (wanted) places = places.filter((i) => featureName(store, i).toLowerCase().includes(wanted));
  if (sort === "responsibility" && map) {
    const values = map.envelope.values;
    places.sort((a, b) => values[b]! - values[a]! || a - b);
  }
  return places;
}

export function featureName(store: SignalStore, place: number): string {
  return store.data!.labels[place] || `feature ${place + 1}`;
}

export function rowOf(store: SignalStore, place: number): Row {
  const { data, map, mask, selection } = store;
  const v = map?.envelope.values[place] ?? null;
  return {
    place,
    name: featureName(store, place),
    value: featureValue(data!.channels[0]!.values[place]!),
    share: v === null ? null : map!.top > 0 ? min(1, max(0, v / map!.top)) : 0,
    map: v === null ? "" : value(v),
    kept: mask !== null && runAt(mask, place) !== null,
    selected: runAt(selection.runs, place) !== null,
  };
}

/** A feature's value with at most five significant digits: whole numbers stay whole. */
export function featureValue(v: number): string {
  const text = Number.isInteger(v) && abs(v) < 1e9 ? String(v) : value5(v);
  return text.replace("-", "−");
}

function value5(v: number): string {
  const size = abs(v);
  return size >= 1e-4 && size < 1e7 ? String(Number(v.toPrecision(5))) : v.toExponential(3);
}

/** All that a row says, for screen readers and the line below. */
export function rowText(store: SignalStore, row: Row): string {
  const parts = [`${row.name} = ${row.value}`];
  if (store.map) {
    const rank = rankOf(store.map.sorted, store.map.envelope.values[row.place]!);
    parts.push(`map ${row.map}, rank ${count(rank)} of ${count(store.data!.length)}`);
  }
  if (store.mask) parts.push(row.kept ? "in the explanation" : "outside the explanation");
  if (row.selected) parts.push("selected");
  return parts.join(" · ");
}

/** First row and number of rows to build for a scroll position, with some spare around them. */
export function rowWindow(scroll: number, height: number, rowHeight: number, rows: number): [number, number] {
  const spare = 6;
  const first = max(0, floor(scroll / rowHeight) - spare);
  const last = min(rows, ceil((scroll + height) / rowHeight) + spare);
  return [first, max(0, last - first)];
}
