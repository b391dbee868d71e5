// Where the picture lies on the canvas. `zoom` 1 shows the whole picture; `panX`, `panY` say how
// far (in picture pixels) the middle of the canvas is from the middle of the picture.

import { finite, max, min } from "./arithmetic";

export const MIN_ZOOM = 1;
export const MAX_ZOOM = 32;

export interface Viewport {
  readonly zoom: number;
  readonly panX: number;
  readonly panY: number;
}

export interface Sizes {
  /** Canvas, in CSS pixels. */
  readonly canvasWidth: number;
  readonly canvasHeight: number;
  /** Picture, in picture pixels. */
  readonly width: number;
  readonly height: number;
}

/** CSS pixels per picture pixel. */
export function scaleOf(v: Viewport, s: Sizes): number {
  return min(s.canvasWidth / s.width, s.canvasHeight / s.height) * v.zoom;
}

/** Canvas position of the picture's first corner. */
export function originOf(v: Viewport, s: Sizes): [number, number] {
  const k = scaleOf(v, s);
  return [
    s.canvasWidth / 2 - (s.width / 2 + v.panX) * k,
    s.canvasHeight / 2 - (s.height / 2 + v.panY) * k,
  ];
}

/** Picture position under a canvas position. */
export function toPicture(v: Viewport, s: Sizes, x: number, y: number): [number, number] {
  const k = scaleOf(v, s);
  const [ox, oy] = originOf(v, s);
  return [(x - ox) / k, (y - oy) / k];
}

/** The nearest viewport within the limits: never emptier than it must be. */
export function clampView(v: Viewport, s: Sizes): Viewport {
  const zoom = min(MAX_ZOOM, max(MIN_ZOOM, finite(v.zoom) ? v.zoom : 1));
  const roomX = (s.width / 2) * (1 - 1 / zoom);
  const roomY = (s.height / 2) * (1 - 1 / zoom);
  const within = (p: number, room: number) =>
    min(room, max(-room, finite(p) ? p : 0)) || 0;
  return { zoom, panX: within(v.panX, roomX), panY: within(v.panY, roomY) };
}

/** Zoom by a factor so that the picture position under (x, y) stays where it is. */
export function zoomAt(v: Viewport, s: Sizes, factor: number, x: number, y: number): Viewport {
  const before = toPicture(v, s, x, y);
  const zoom = min(MAX_ZOOM, max(MIN_ZOOM, v.zoom * factor));
  const after = toPicture({ ...v, zoom }, s, x, y);
  return clampView(
    { zoom, panX: v.panX + before[0] - after[0], panY: v.panY + before[1] - after[1] },
    s,
  );
}
