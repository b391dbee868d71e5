// Masks travel bit-packed, in the order of numpy.packbits: the first pixel is the highest bit
// of the first byte, rows one after the other, the last byte filled up with zeros.

import { refuse } from "./refuse";

/** Number of bytes that `pixels` packed pixels take. */
export function packedLength(pixels: number): number {
  return (pixels + 7) >> 3;
}

/** Pack one byte per pixel (zero or not) into one bit per pixel. */
export function pack(mask: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(packedLength(mask.length));
  for (let i = 0; i < mask.length; i++) {
    // Most of a large mask is empty: go over that in eights.
    if (!(i & 7)) {
      while (
        i + 8 <= mask.length &&
        !(mask[i]! | mask[i + 1]! | mask[i + 2]! | mask[i + 3]! | mask[i + 4]! | mask[i + 5]! | mask[i + 6]! | mask[i + 7]!)
      ) i += 8;
      if (i === mask.length) break;
    }
    if (mask[i]) bytes[i >> 3]! |= 0x80 >> (i & 7);
  }
  return bytes;
}

/** Unpack to one byte (0 or 1) per pixel. Throws when there are too few or too many bytes. */
export function unpack(bytes: Uint8Array, pixels: number): Uint8Array {
  if (bytes.length !== packedLength(pixels)) {
    refuse(
      `A mask of ${pixels} pixels takes ${packedLength(pixels)} bytes, not ${bytes.length}.`,
    );
  }
  const mask = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) mask[i] = (bytes[i >> 3]! >> (7 - (i & 7))) & 1;
  return mask;
}
