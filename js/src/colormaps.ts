// Colour maps as short tables of RGB bytes: 32 equidistant stops (2 for gray), linear in between.
// That is within 6 of 255 of matplotlib's own tables, which nobody can see.

import { floor, min, round } from "./arithmetic";

const STOPS = {
  magma:
    "AAAEAwMSCggiEw00HhFJKhFcOBBsRRB3VBN9YBiAbR2BeSKCiCeBlCyAoTB+rjR7vTl3yj5y1kVs4k1m7Fhg82Vc" +
    "+HRc+4Nf/ZRn/qNv/rJ6/sGF/tGU/eCh/O6w/P2/",
  viridis:
    "RAFURw1gSBhqSCN0Ry58RTiCQkGGPkqJOlSMNl2NMmWOLm2OK3WOKH2OJYSOIoyNH5SMHpyJIKOGJauCLrN8Orp2" +
    "SMFuWMdlbM1af9NOk9dBqNs0wN8l1eIa6uUa/ecl",
  inferno:
    "AAAEBAMSCwckFQs3IwxMMQpcPglmTAxrWhFuZxZudBpugB9sjyRpmylkqC5ftDNZwTpQzEJI10s/4FU26WEr724h" +
    "9XsX+IkM+5kG/KgN+7gd+ccv9dlJ8uhl8/WG/P+k",
  gray: "AAAA////",
  cividis:
    "ACJOAChbAC5qBTNxHDlvKT9uM0RtPEpsRVBsTVVsVVttXGFuZGdwa21ycnJ0eHh3gH94iIV4kIt4l5F3oJh1qJ5z" +
    "sKVxuattwrNpy7ll08Bf3MhZ5tBR79dI+N88/ug4",
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

function interpolate(coded: string): Uint8Array {
  const stops = Uint8Array.from(atob(coded), (c) => c.charCodeAt(0));
  const last = stops.length / 3 - 1;
  const table = new Uint8Array(768);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * last;
    const low = min(floor(at), last - 1);
    for (let c = 0; c < 3; c++) {
      const a = stops[low * 3 + c]!;
      table[i * 3 + c] = round(a + (stops[low * 3 + 3 + c]! - a) * (at - low));
    }
  }
  return table;
}
