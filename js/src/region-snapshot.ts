// Packing masks quickly: eight pixels a byte, in the order of mask-bits.ts. Most of a mask is
// long runs, which are packed and unpacked eight pixels at a time.

import type { Rect } from "./region-shapes";

/** Pack one byte (0 or 1) per pixel into `bits`, which has to be empty and long enough. */
export function packInto(mask: Uint8Array, bits: Uint8Array): void {
  const whole = mask.length >> 3;
  const aligned = mask.byteOffset % 4 === 0;
  const words = aligned ? new Uint32Array(mask.buffer, mask.byteOffset, whole * 2) : null;
  for (let i = 0; i < whole; i++) {
    if (words) {
      const [a, b] = [words[2 * i]!, words[2 * i + 1]!];
      if ((a | b) === 0) continue;
      if (a === 0x01010101 && b === 0x01010101) {
        bits[i] = 255;
        continue;
      }
    }
    const p = 8 * i;
    bits[i] =
      (mask[p]! << 7) | (mask[p + 1]! << 6) | (mask[p + 2]! << 5) | (mask[p + 3]! << 4) |
      (mask[p + 4]! << 3) | (mask[p + 5]! << 2) | (mask[p + 6]! << 1) | mask[p + 7]!;
  }
  for (let p = 8 * whole; p < mask.length; p++) bits[whole]! |= mask[p]! << (7 - (p & 7));
}

/** Unpack the pixels of a rectangle into a mask that is `width` pixels wide. */
export function unpackRect(bits: Uint8Array, mask: Uint8Array, width: number, rect: Rect): void {
  for (let row = rect.y0; row < rect.y1; row++) {
    let place = row * width + rect.x0;
    const end = row * width + rect.x1;
    while (place < end) {
      const byte = bits[place >> 3]!;
      if ((place & 7) === 0 && place + 8 <= end && (byte === 0 || byte === 255)) {
        let next = place + 8;
        while (next + 8 <= end && bits[next >> 3] === byte) next += 8;
        mask.fill(byte & 1, place, next);
        place = next;
      } else {
        mask[place] = (byte >> (7 - (place & 7))) & 1;
        place++;
      }
    }
  }
}
