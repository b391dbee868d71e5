// The toolbar's pictures: 16 × 16 line drawings, coloured like the text around them.

const PATHS = {
  inspect: "M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z",
  brush: "M13.5 2.5 7 9M5.6 9.4c1.2 0 2 .8 2 2 0 2-2 2.6-5 2.1 1-.5 1.1-1.2 1.1-2.1 0-1.2.8-2 1.9-2z",
  eraser: "M6 13.5h7.5M3 9.5l6-6 4 4-6 6H5zM6 6.5l4 4",
  undo: "M5.5 2.5 2.5 5.5l3 3M2.5 5.5h7a4 4 0 0 1 0 8H6",
  redo: "M10.5 2.5l3 3-3 3M13.5 5.5h-7a4 4 0 0 0 0 8H10",
  clear: "M2.5 4.5h11M6.5 4.5v-2h3v2M4 4.5l.7 9h6.6l.7-9M6.8 7v4M9.2 7v4",
  minus: "M3.5 8h9",
  plus: "M3.5 8h9M8 3.5v9",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [k, v] of Object.entries({ viewBox: "0 0 16 16", "aria-hidden": "true" })) {
    svg.setAttribute(k, v);
  }
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
