// Colour maps as short tables: 32 equidistant stops (2 for gray), linear in between. That is
// within 6 of 255 of matplotlib's own tables, which nobody can see.

import { floor, min, round } from "./arithmetic";

const STOPS = {
  magma:
    "0000040303120a0822130d341e11492a115c38106c45107754137d6018806d1d81792282882781942c80a1307eae347b" +
    "bd3977ca3e72d6456ce24d66ec5860f3655cf8745cfb835ffd9467fea36ffeb27afec185fed194fde0a1fceeb0fcfdbf",
  viridis:
    "440154470d6048186a482374472e7c4538824241863e4a893a548c365d8d32658e2e6d8e2b758e287d8e25848e228c8d" +
    "1f948c1e9c8920a38625ab822eb37c3aba7648c16e58c7656ccd5a7fd34e93d741a8db34c0df25d5e21aeae51afde725",
  inferno:
    "0000040403120b0724150b37230c4c310a5c3e09664c0c6b5a116e67166e741a6e801f6c8f24699b2964a82e5fb43359" +
    "c13a50cc4248d74b3fe05536e9612bef6e21f57b17f8890cfb9906fca80dfbb81df9c72ff5d949f2e865f3f586fcffa4",
  gray: "000000ffffff",
  cividis:
    "00224e00285b002e6a0533711c396f293f6e33446d3c4a6c45506c4d556c555b6d5c616e6467706b6d72727274787877" +
    "807f78888578908b78979177a09875a89e73b0a571b9ab6dc2b369cbb965d3c05fdcc859e6d051efd748f8df3cfee838",
} as const;

export type ColormapName = keyof typeof STOPS;

export const COLORMAPS = Object.keys(STOPS) as ColormapName[];

const tables = new Map<string, Uint8Array>();

/** 256 RGB triples of a colour map, 768 bytes; an unknown name gives magma. */
export function colourTable(name: string): Uint8Array {
  const known = (COLORMAPS as string[]).includes(name) ? (name as ColormapName) : "magma";
  let table = tables.get(known);
  if (!table) {
    table = interpolate(STOPS[known]);
    tables.set(known, table);
  }
  return table;
}

function interpolate(hex: string): Uint8Array {
  const stops = hex.length / 6;
  const channel = (stop: number, c: number) =>
    parseInt(hex.slice(stop * 6 + c * 2, stop * 6 + c * 2 + 2), 16);
  const table = new Uint8Array(768);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (stops - 1);
    const low = min(floor(at), stops - 2);
    for (let c = 0; c < 3; c++) {
      const a = channel(low, c);
      table[i * 3 + c] = round(a + (channel(low + 1, c) - a) * (at - low));
    }
  }
  return table;
}
