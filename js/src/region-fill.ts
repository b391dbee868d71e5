// Regions found rather than drawn: what has one colour around a click, and the top of a map. The
// same rules as rex_widgets/regions/fill.py.

import { floor, max, min } from "./arithmetic";

/**
 * Pixels joined to (column, row) by steps to the four sides through pixels like it: no channel
 * differs by more than `tolerance` (0..255) from that pixel's.
 */
export function flood(
  picture: Uint8Array,
  width: number,
  height: number,
  channels: number,
  column: number,
  row: number,
  tolerance: number,
): Uint8Array {
  const mask = new Uint8Array(width * height);
  if (!(column >= 0 && row >= 0 && column < width && row < height)) return mask;
  const like = new Uint8Array(width * height);
  const seen = new Uint8Array(height);
  const place = (row * width + column) * channels;
  const colour = picture.slice(place, place + channels);
  // Rows are compared when they are reached: most floods end soon.
  const look = (y: number): void => {
    if (seen[y]) return;
    seen[y] = 1;
    for (let i = y * width; i < (y + 1) * width; i++) {
      let same = 1;
      for (let k = 0; k < channels; k++) {
        const difference = picture[i * channels + k]! - colour[k]!;
        if (difference > tolerance || difference < -tolerance) same = 0;
      }
      like[i] = same;
    }
  };
  look(row);
  const waiting = [row * width + column];
  while (waiting.length) {
    const next = waiting.pop()!;
    // What was taken in is no longer open.
    if (!like[next]) continue;
    const y = floor(next / width);
    let from = next;
    let to = next + 1;
    while (from > y * width && like[from - 1]) from--;
    while (to < (y + 1) * width && like[to]) to++;
    mask.fill(1, from, to);
    like.fill(0, from, to);
    for (const beside of [y - 1, y + 1]) {
      if (beside < 0 || beside >= height) continue;
      look(beside);
      const shift = (beside - y) * width;
      let inside = 0;
      for (let i = from + shift; i < to + shift; i++) {
        if (like[i]! > inside) waiting.push(i);
        inside = like[i]!;
      }
    }
  }
  return mask;
}

/** Pixels whose value is at least `value`; NaN never is. */
export function atLeast(map: Float32Array, value: number): Uint8Array {
  const mask = new Uint8Array(map.length);
  for (let i = 0; i < map.length; i++) if (map[i]! >= value) mask[i] = 1;
  return mask;
}

/**
 * The pixels with the largest values, `share` (0..1) of all that are not NaN. Equal values stay
 * together: where they would make it more than the share they are left out, unless they are the
 * largest of all.
 */
export function topShare(map: Float32Array, share: number): Uint8Array {
  const value = topValue(map, share);
  return value === null ? new Uint8Array(map.length) : atLeast(map, value);
}

/** The smallest value that `topShare` takes in, or null if it takes none. */
export function topValue(map: Float32Array, share: number): number | null {
  const values = new Uint32Array(map.length);
  const bits = new Uint32Array(map.buffer, map.byteOffset, map.length);
  let count = 0;
  for (let i = 0; i < map.length; i++) {
    const v = map[i]!;
    if (Number.isNaN(v)) continue;
    // Bits in the order of the values; both zeros are one value.
    const b = v === 0 ? 0 : bits[i]!;
    values[count++] = b & 0x80000000 ? ~b : b | 0x80000000;
  }
  const wanted = floor(min(max(share, 0), 1) * count + 0.5);
  if (wanted < 1) return null;
  // The value at the wanted rank, by its upper and then its lower half.
  const [high, above] = bucket(values, count, 16, 0, 0, wanted);
  const [low, over, inside] = bucket(values, count, 0, high, 16, wanted - above);
  const key = (high * 65536 + low) >>> 0;
  if (above + over + inside <= wanted || above + over === 0) return valueOf(key);
  // Too many are equal: the next larger value.
  let next = 0xffffffff;
  for (let i = 0; i < count; i++) if (values[i]! > key && values[i]! < next) next = values[i]!;
  return valueOf(next);
}

/**
 * Among values whose upper half is `high` (all, if `prefix` is 0): the 16 bits above `shift` of
 * the one at `rank` from the top, how many are larger, and how many share these bits.
 */
function bucket(
  values: Uint32Array,
  count: number,
  shift: number,
  high: number,
  prefix: number,
  rank: number,
): [number, number, number] {
  const counts = new Uint32Array(65536);
  for (let i = 0; i < count; i++) {
    const v = values[i]!;
    if (!prefix || v >>> 16 === high) counts[(v >>> shift) & 0xffff]!++;
  }
  let larger = 0;
  for (let k = 65535; k > 0; k--) {
    if (larger + counts[k]! >= rank) return [k, larger, counts[k]!];
    larger += counts[k]!;
  }
  return [0, larger, counts[0]!];
}

function valueOf(key: number): number {
  const bits = new Uint32Array([key & 0x80000000 ? key ^ 0x80000000 : ~key]);
  return new Float32Array(bits.buffer)[0]!;
}
