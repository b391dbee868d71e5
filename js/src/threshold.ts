// What a threshold means for a map, and where a value stands among all values.

import { max, min, round } from "./arithmetic";

/** The largest value, at least 0: the value that threshold 1 stands for. */
export function maximum(map: Float32Array): number {
  let top = 0;
  for (let i = 0; i < map.length; i++) if (map[i]! > top) top = map[i]!;
  return top;
}

/** The map's values in ascending order (a copy), for `shareAbove` and `quantile`. */
export function ascending(map: Float32Array): Float32Array {
  return map.slice().sort();
}

/** Share (0..1) of the sorted values that are at least `value`. */
export function shareAbove(sorted: Float32Array, value: number): number {
  if (sorted.length === 0) return 0;
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return (sorted.length - low) / sorted.length;
}

/** The value below which a share `q` (0..1) of the sorted values lies (nearest rank). */
export function quantile(sorted: Float32Array, q: number): number {
  if (sorted.length === 0) return 0;
  const rank = round(min(max(q, 0), 1) * (sorted.length - 1));
  return sorted[rank]!;
}
