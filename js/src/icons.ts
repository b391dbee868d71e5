// The toolbar's pictures: 16 × 16 line drawings, coloured like the text around them. Each is an
// export of its own, so that a bundle carries only those it draws.

import { setAttribute } from "./dom";

export const inspect = "M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6z";
export const brush = "M13.5 2.5 7 9M5.6 9.4c1.2 0 2 .8 2 2 0 2-2 2.6-5 2.1 1-.5 1.1-1.2 1.1-2.1 0-1.2.8-2 1.9-2z";
export const eraser = "M6 13.5h7.5M3 9.5l6-6 4 4-6 6H5zM6 6.5l4 4";
export const undo = "M5.5 2.5 2.5 5.5l3 3M2.5 5.5h7a4 4 0 0 1 0 8H6";
export const redo = "M10.5 2.5l3 3-3 3M13.5 5.5h-7a4 4 0 0 0 0 8H10";
export const clear = "M2.5 4.5h11M6.5 4.5v-2h3v2M4 4.5l.7 9h6.6l.7-9M6.8 7v4M9.2 7v4";
export const minus = "M3.5 8h9";
export const plus = "M3.5 8h9M8 3.5v9";
export const fit = "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10";
export const select = "M4 2.5l8.5 6-4 .7 2.2 4-1.7.9-2.1-4L4 13z";
export const pan = "M8 1.5v13M1.5 8h13M6 3.5l2-2 2 2M6 12.5l2 2 2-2M3.5 6l-2 2 2 2M12.5 6l2 2-2 2";
export const box = "M2.5 3.5h11v9h-11z";
export const ellipse = "M8 3.2c3.3 0 6 2.15 6 4.8s-2.7 4.8-6 4.8-6-2.15-6-4.8 2.7-4.8 6-4.8z";
export const lasso =
  "M8 2.2c3.3 0 6 1.7 6 3.9S11.3 10 8 10 2 8.3 2 6.1s2.7-3.9 6-3.9zM4 9.2c-1.3.7-1.4 1.9-.4 2.4 1.1.5 2.1-.3 1.8-1.6M3.9 11.7c.2.9-.1 1.6-.9 2.2";
export const polygon = "M8 2l6 4.6-2.3 7H4.3L2 6.6z";
export const flood =
  "M6.5 2.7l5.6 5.6-4.7 4.7a1.4 1.4 0 0 1-2 0L2 9.6a1.4 1.4 0 0 1 0-2zM6.5 2.7 5 1.2M1.8 8.3h10.3M14 10c.7 1.1 1 1.7 1 2.3a1 1 0 0 1-2 0c0-.6.3-1.2 1-2.3z";
export const union = "M2.5 2.5h7v4h4v7h-7v-4h-4z";
export const subtract = "M2.5 2.5h7v4h-3v3h-4zM6.5 11.5v2H8M11.5 6.5h2V8M13.5 11v2.5H11";
export const intersect = "M2.5 2.5h7v7h-7zM6.5 6.5h7v7h-7zM6.5 9.5l3-3";
export const invert = "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 2v12M8 5h4.9M8 8h6M8 11h4.9";
export const threshold = "M2 13.5h12M3.5 13.5v-3M6.5 13.5V8M9.5 13.5V4.5M12.5 13.5v-11";
export const refine =
  "M6 6h4v4H6zM8 3.8V1.5M8 14.5v-2.3M3.8 8H1.5M14.5 8h-2.3M6.8 2.7 8 1.5l1.2 1.2M6.8 13.3 8 14.5l1.2-1.2M2.7 6.8 1.5 8l1.2 1.2M13.3 6.8 14.5 8l-1.2 1.2";
export const open = "M2 12.8V3.5h4l1.5 1.8H14v7.5zM2 7.5h12";
export const download = "M8 2v8M4.8 7 8 10.2 11.2 7M2.5 11.5v2h11v-2";
export const copy = "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3";
export const remove = "M4 4l8 8M12 4l-8 8";
export const rename = "M3 13l.6-2.9L11 2.7l2.3 2.3-7.4 7.4zM9.5 4.2l2.3 2.3";
export const contrast = "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 2v12M8 4.5h3.4M8 7h5M8 9.5h4.9M8 12h3.2";
export const peak = "M1.5 13.5 6 5l2.2 4L10 6.2l4.5 7.3zM6 5V1.5h3L6 3.2";
export const play = "M4.5 2.5v11l9-5.5z";
export const pause = "M5 2.5v11M11 2.5v11";
export const ball = "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM2.5 8c1.6 2.4 9.4 2.4 11 0";
export const slice = "M1.5 10 8 6.5l6.5 3.5L8 13.5zM4 6.8 8 4.5l4 2.3";
export const stop = "M4 4h8v8H4z";
export const reverse = "M5 3 2 6l3 3M2 6h9.5M11 7l3 3-3 3M14 10H4.5";
export const height = "M8 1.5v13M5.5 4 8 1.5 10.5 4M5.5 12 8 14.5l2.5-2.5M2 1.5h3M11 1.5h3M2 14.5h3M11 14.5h3";
export const behind = "M2.5 2.5h11v11h-11zM2.5 10l3-4 3 3 2.5-4 2.5 2M5.5 13.5v-3M8.5 13.5v-2M11.5 13.5v-4";
export const lanes = "M2 5c2-4 3.5 3 6 0s4-2 6 0M2 12c2-4 3.5 3 6 0s4-2 6 0";
export const sort = "M2.5 3.5h11M2.5 8h7M2.5 12.5h3.5";

/** A path that begins by moving to a place. */
export type Line = `M${string}`;

export function icon(line: Line): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  setAttribute(svg, "viewBox", "0 0 16 16");
  setAttribute(svg, "aria-hidden", true);
  const path = document.createElementNS(space, "path");
  setAttribute(path, "d", line);
  svg.append(path);
  return svg;
}
