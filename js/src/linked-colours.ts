// Colours of differences: blue below zero, red above, symmetric, transparent at zero. No canvas.

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
    const low = Math.min(Math.floor(at), stops.length - 2);
    for (let c = 0; c < 3; c++) {
      const [a, b] = [stops[low]![c]!, stops[low + 1]![c]!];
      table[i * 3 + c] = Math.round(a + (b - a) * (at - low));
    }
  }
  return table;
}

/**
 * Colours of differences. The scale runs from −`top` to `top`; what is nearer to zero than `cut`,
 * and zero itself, is transparent.
 */
export function shadeDifference(
  values: Float32Array,
  top: number,
  cut: number,
  rgba: Uint8ClampedArray,
): void {
  const colours = divergingTable();
  for (let i = 0, o = 0; i < values.length; i++, o += 4) {
    const size = Math.abs(values[i]!);
    if (!(size > 0) || size < cut) {
      rgba[o + 3] = 0;
      continue;
    }
    const c = Math.round(((values[i]! / top + 1) / 2) * 255) * 3;
    rgba[o] = colours[c]!;
    rgba[o + 1] = colours[c + 1]!;
    rgba[o + 2] = colours[c + 2]!;
    rgba[o + 3] = Math.min(255, Math.round((size / top / OPAQUE_FROM) * 255));
  }
}

/** A colour table as a CSS gradient from left to right. */
export function gradient(colours: Uint8Array, stops = 9): string {
  const parts = Array.from({ length: stops }, (_, n) => {
    const i = Math.round((n / (stops - 1)) * 255) * 3;
    return `rgb(${colours[i]} ${colours[i + 1]} ${colours[i + 2]})`;
  });
  return `linear-gradient(to right, ${parts.join(", ")})`;
}
