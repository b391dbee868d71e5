// Colours of maps and differences by table: each value's place in its range is found once, and a
// slider then costs one comparison and one look-up per pixel. No canvas.

import { abs, floor, min, round } from "./arithmetic";

// Blue and red of ColorBrewer's RdBu, which colour-blind people can tell apart.
const STOPS = ["#2166ac", "#67a9cf", "#f7f7f7", "#ef8a62", "#b2182b"] as const;
/** Share of the largest size from which on a colour is opaque. */
const OPAQUE_FROM = 0.7;

function channels(hex: string): number[] {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

let table: Uint8Array | undefined;

/** 256 RGB triples from the most negative to the most positive. */
export function divergingTable(): Uint8Array {
  if (table) return table;
  table = new Uint8Array(768);
  const stops = STOPS.map(channels);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (stops.length - 1);
    const low = min(floor(at), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      const [a, b] = [stops[low]![c]!, stops[low + 1]![c]!];
      table[i * 3 + c] = round(a + (b - a) * (at - low));
    }
  }
  return table;
}

/** Each value's place between `low` and `high`, 0..255. */
export function placesOf(values: Float32Array, low: number, high: number): Uint8ClampedArray {
  const places = new Uint8ClampedArray(values.length);
  const scale = high > low ? 255 / (high - low) : 0;
  for (let i = 0; i < values.length; i++) places[i] = (values[i]! - low) * scale;
  return places;
}

/** RGBA of the 256 places as whole pixels; `strength` says how opaque a place (0..1) is. */
export function pixelTable(colours: Uint8Array, strength: (place: number) => number): Uint32Array {
  const rgba = new Uint8ClampedArray(1024);
  for (let i = 0; i < 256; i++) {
    rgba.set(colours.subarray(i * 3, i * 3 + 3), i * 4);
    rgba[i * 4 + 3] = (strength(i / 255) / OPAQUE_FROM) * 255;
  }
  return new Uint32Array(rgba.buffer);
}

/** A map fades in over its range, a difference on both sides of its middle. */
export const MAP_STRENGTH = (place: number): number => place;
export const DIFFERENCE_STRENGTH = (place: number): number => abs(2 * place - 1);

/**
 * Pixels of a view; sizes below `cut`, those not above zero, and those that `shown` (where it is
 * given and not empty) has a 0 for are transparent.
 */
export function shadePlaces(
  places: Uint8ClampedArray,
  sizes: Float32Array,
  cut: number,
  table: Uint32Array,
  pixels: Uint32Array,
  shown?: Uint8Array,
): void {
  const all = !shown?.length;
  for (let i = 0; i < places.length; i++) {
    const size = sizes[i]!;
    pixels[i] = size > 0 && size >= cut && (all || shown![i]) ? table[places[i]!]! : 0;
  }
}

/** A colour table as a CSS gradient from left to right. */
export function gradient(colours: Uint8Array, stops = 9): string {
  const parts = Array.from({ length: stops }, (_, n) => {
    const i = round((n / (stops - 1)) * 255) * 3;
    return `rgb(${colours[i]} ${colours[i + 1]} ${colours[i + 2]})`;
  });
  return `linear-gradient(to right, ${parts.join(", ")})`;
}
