// A region's soft border as it is shown: exact on small pictures, in coarse squares on large ones,
// where the exact one takes seconds and its squares are smaller than a pixel of the screen anyway.

import { ceil, max, min, round } from "./arithmetic";
import { feathered } from "./region-morph";
import type { Soft } from "./region-overlay";
import type { RegionStore } from "./region-store";

const MOST_SIDE = 1024;

const made = new WeakMap<RegionStore, Map<string, { readonly key: string; readonly soft: Soft }>>();

export function softly(store: RegionStore, name: string): Soft {
  const { edits } = store;
  const { width, height, version } = edits;
  const factor = ceil(max(width, height) / MOST_SIDE);
  if (factor === 1) return { values: edits.softMask(name), width, factor };
  const { feather } = edits.region(name);
  const key = `${version} ${feather} ${width} ${height}`;
  const known = made.get(store) ?? new Map();
  made.set(store, known);
  const before = known.get(name);
  if (before?.key === key) return before.soft;
  const soft = coarsely(edits.mask(name), width, height, feather, factor);
  known.set(name, { key, soft });
  return soft;
}

/** The soft border of a mask looked at only once in `factor` × `factor` pixels. */
export function coarsely(
  mask: Uint8Array,
  width: number,
  height: number,
  feather: number,
  factor: number,
): Soft {
  const w = ceil(width / factor);
  const h = ceil(height / factor);
  const small = new Uint8Array(w * h);
  const middle = factor >> 1;
  for (let y = 0, o = 0; y < h; y++) {
    const row = min(height - 1, y * factor + middle) * width;
    for (let x = 0; x < w; x++, o++) small[o] = mask[row + min(width - 1, x * factor + middle)]!;
  }
  return { values: feathered(small, w, h, round(feather / factor)), width: w, factor };
}
