// How a mask looks on the screen: a tint inside, a bright line on its rim, a dark one around it.
// It is sampled at the screen's own resolution, so a stroke on a picture of 4096 × 4096 costs the
// pixels that it touches on the screen. No canvas here.

import { ceil, floor, max, min, round } from "./arithmetic";

export interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

export interface Tint {
  readonly colour: Rgb;
  /** 0..255, of the inside and of the rim. */
  readonly fill: number;
  readonly rim: number;
}

/** Where the picture lies on the screen, in device pixels. */
export interface Placing {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** Shares 0..1 for squares of `factor` × `factor` picture pixels, `width` squares a row. */
export interface Soft {
  readonly values: Float32Array;
  readonly width: number;
  readonly factor: number;
}

export interface Rect {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** "#rrggbb" as numbers; anything else is a plain blue. */
export function rgb(colour: string): Rgb {
  const found = /^#([0-9a-f]{6})$/i.exec(colour);
  const n = found ? parseInt(found[1]!, 16) : 0x1a6fd4;
  return { r: n >> 16, g: (n >> 8) & 255, b: n & 255 };
}

/** The device pixels that a change of these picture pixels may touch, within the screen. */
export function onScreen(changed: Rect, at: Placing, width: number, height: number): Rect {
  const low = (v: number, o: number) => floor(v * at.scale + o) - 2;
  const high = (v: number, o: number) => ceil(v * at.scale + o) + 2;
  return {
    x0: max(0, low(changed.x0, at.x)),
    y0: max(0, low(changed.y0, at.y)),
    x1: min(width, high(changed.x1, at.x)),
    y1: min(height, high(changed.y1, at.y)),
  };
}

/** Picture column (or row) of each device pixel from one before `from` to one after `to`; -1 is outside. */
function sources(from: number, to: number, offset: number, scale: number, size: number): Int32Array {
  const found = new Int32Array(to - from + 2);
  for (let i = 0; i < found.length; i++) {
    const s = floor((from - 1 + i + 0.5 - offset) / scale);
    found[i] = s >= 0 && s < size ? s : -1;
  }
  return found;
}

/**
 * RGBA of a mask within `rect` of the screen, row after row.
 *
 * With `soft` the tint follows it, the rim still the mask.
 */
export function shadeRegion(
  mask: Uint8Array,
  width: number,
  height: number,
  at: Placing,
  rect: Rect,
  tint: Tint,
  soft: Soft | null = null,
): Uint8ClampedArray<ArrayBuffer> {
  const w = rect.x1 - rect.x0;
  const h = rect.y1 - rect.y0;
  const words = new Uint32Array(max(0, w * h));
  const columns = sources(rect.x0, rect.x1, at.x, at.scale, width);
  const rows = sources(rect.y0, rect.y1, at.y, at.scale, height);
  const { r, g, b } = tint.colour;
  const colour = r | (g << 8) | (b << 16);
  const inside = (colour | (tint.fill << 24)) >>> 0;
  const rim = (colour | (tint.rim << 24)) >>> 0;
  const shadow = (round(tint.rim * 0.35) << 24) >>> 0;

  const sample = (row: number, into: Uint8Array) => {
    if (row < 0) return into.fill(0);
    const start = row * width;
    for (let i = 0; i < into.length; i++) {
      const c = columns[i]!;
      into[i] = c >= 0 && mask[start + c] ? 1 : 0;
    }
    return into;
  };
  let above = sample(rows[0]!, new Uint8Array(w + 2));
  let here = sample(rows[1]!, new Uint8Array(w + 2));
  let below: Uint8Array = new Uint8Array(w + 2);
  for (let y = 0; y < h; y++) {
    if (rows[y + 2] === rows[y + 1]) below.set(here);
    else sample(rows[y + 2]!, below);
    const softRow =
      soft && rows[y + 1]! >= 0 ? floor(rows[y + 1]! / soft.factor) * soft.width : -1;
    for (let x = 0, o = y * w; x < w; x++, o++) {
      const n = above[x + 1]! + below[x + 1]! + here[x]! + here[x + 2]!;
      if (here[x + 1] ? n < 4 : n > 0) words[o] = here[x + 1] ? rim : shadow;
      else if (softRow < 0) words[o] = here[x + 1] ? inside : 0;
      else {
        const c = columns[x + 1]!;
        const share = c < 0 ? 0 : soft!.values[softRow + floor(c / soft!.factor)]!;
        words[o] = share > 0 ? (colour | (round(tint.fill * share) << 24)) >>> 0 : 0;
      }
    }
    [above, here, below] = [here, below, above];
  }
  return new Uint8ClampedArray(words.buffer);
}
