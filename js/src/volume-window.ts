// From values to grey: window (width) and level (middle), as radiologists say.

import { max, min } from "./arithmetic";
import type { Voxels } from "./volume-slices";

/** How stored numbers become values, and what range these have. */
export interface Scaling {
  readonly scale: number;
  readonly offset: number;
  readonly exact: boolean;
  readonly low: number;
  readonly high: number;
  readonly p1: number;
  readonly p99: number;
}

export interface WindowLevel {
  readonly window: number;
  readonly level: number;
}

export const PRESETS = { full: "Full range", percentiles: "1–99 %" } as const;
export type Preset = keyof typeof PRESETS;

export function preset(name: Preset, s: Scaling): WindowLevel {
  const [low, high] = name === "full" ? [s.low, s.high] : [s.p1, s.p99];
  return { window: high - low || 1, level: (low + high) / 2 };
}

/** The smallest window offered: a thousandth of the range. */
export function narrowest(s: Scaling): number {
  return (s.high - s.low || 1) / 1000;
}

/** A drag to the right widens the window, a drag upwards brightens (lowers the level). */
export function dragged(from: WindowLevel, dx: number, dy: number, s: Scaling): WindowLevel {
  const range = s.high - s.low || 1;
  // Finer where the window is narrow already: a whole panel's width doubles it or so.
  const step = max(from.window, range / 20) / 250;
  const window = min(range * 2, max(narrowest(s), from.window + dx * step));
  const level = min(s.high + range / 2, max(s.low - range / 2, from.level + dy * step));
  return { window, level };
}

/** Grey levels 0–255 of stored numbers, opaque, one 32-bit pixel each. */
export class GreyTable {
  #key = "";
  #table = new Uint32Array(0);

  shade(slice: Voxels, s: Scaling, wl: WindowLevel, pixels: Uint32Array): void {
    const first = wl.level - wl.window / 2;
    const gain = 255 / wl.window;
    if (slice instanceof Float32Array) {
      for (let i = 0; i < slice.length; i++) {
        pixels[i] = pixelOf((slice[i]! * s.scale + s.offset - first) * gain);
      }
      return;
    }
    const levels = slice instanceof Uint8Array ? 256 : 65536;
    const key = `${levels} ${s.scale} ${s.offset} ${wl.window} ${wl.level}`;
    if (key !== this.#key) {
      this.#key = key;
      this.#table = new Uint32Array(levels);
      for (let i = 0; i < levels; i++) this.#table[i] = pixelOf((i * s.scale + s.offset - first) * gain);
    }
    const table = this.#table;
    for (let i = 0; i < slice.length; i++) pixels[i] = table[slice[i]!]!;
  }
}

function pixelOf(grey: number): number {
  // Not Math.round: it would round 0.5 differently from a clamped byte array.
  const g = grey <= 0 ? 0 : grey >= 255 ? 255 : (grey + 0.5) | 0;
  return 0xff000000 + g * 0x010101;
}
