// A shape that is being drawn: points in 1/256 pixel until it is finished. No DOM.

import { abs, floor, max, min, round } from "./arithmetic";
import { clampCoordinate, UNIT, type Drawn, type Op } from "./region-shapes";
import type { DrawingTool } from "./region-tools";

/** A freehand line keeps points at least this far apart: half a pixel. */
const APART = UNIT / 2;

export interface DraftSettings {
  readonly tool: DrawingTool;
  readonly op: Op;
  /** Diameter of the brush, in pixels. */
  readonly size: number;
  /** Drawn with the crosshair: corners then enclose whole pixels. */
  readonly keys: boolean;
}

export class Draft {
  /** Fixed points, and the place that the line to come would lead to. */
  readonly points: number[] = [];
  loose: readonly [number, number];

  constructor(
    readonly settings: DraftSettings,
    x: number,
    y: number,
  ) {
    this.loose = [clampCoordinate(x), clampCoordinate(y)];
    this.points.push(...this.loose);
  }

  /** The pointer is here now; freehand tools draw to it, the others stretch to it. */
  extend(x: number, y: number, even = false): void {
    this.loose = [clampCoordinate(x), clampCoordinate(y)];
    const { tool } = this.settings;
    if (even && (tool === "box" || tool === "ellipse")) this.loose = this.#squared(x, y);
    if (tool !== "brush" && tool !== "eraser" && tool !== "lasso") return;
    const [lx, ly] = this.points.slice(-2) as [number, number];
    if (Math.hypot(this.loose[0] - lx, this.loose[1] - ly) >= APART) this.points.push(...this.loose);
  }

  /** Fix the next corner of a polygon; nothing happens within `near` of the last one. */
  corner(x: number, y: number, near: number): void {
    this.loose = [clampCoordinate(x), clampCoordinate(y)];
    const [lx, ly] = this.points.slice(-2) as [number, number];
    if (Math.hypot(this.loose[0] - lx, this.loose[1] - ly) > near) this.points.push(...this.loose);
  }

  /** Whether a press here would close the polygon. */
  closes(x: number, y: number, near: number): boolean {
    const [fx, fy] = this.points as unknown as [number, number];
    return this.points.length >= 6 && Math.hypot(x - fx, y - fy) <= near;
  }

  /** Take back the last corner; false if none is left. */
  takeBack(): boolean {
    this.points.splice(-2);
    return this.points.length > 0;
  }

  /** The shape as it is now; null while it covers nothing. */
  shape(): Drawn | null {
    const { tool, op, size } = this.settings;
    switch (tool) {
      case "brush":
      case "eraser":
        return {
          kind: "brush",
          op: tool === "eraser" ? "subtract" : op,
          size: round(size * UNIT),
          points: this.points.slice(),
        };
      case "box":
      case "ellipse": {
        const [x0, y0, x1, y1] = this.corners();
        const flat = x0 === x1 || y0 === y1;
        return flat ? null : { kind: tool, op, points: [x0, y0, x1, y1] };
      }
      case "lasso":
      case "polygon":
        return this.points.length < 6 ? null : { kind: "polygon", op, points: this.points.slice() };
    }
  }

  /** Corners of a box, first the upper left one. */
  corners(): [number, number, number, number] {
    const [ax, ay] = this.points as unknown as [number, number];
    const [bx, by] = this.loose;
    const [x0, x1, y0, y1] = [min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)];
    if (!this.settings.keys) return [x0, y0, x1, y1];
    const low = (v: number) => floor(v / UNIT) * UNIT;
    return [low(x0), low(y0), low(x1) + UNIT, low(y1) + UNIT];
  }

  #squared(x: number, y: number): [number, number] {
    const [ax, ay] = this.points as unknown as [number, number];
    const side = max(abs(x - ax), abs(y - ay));
    return [
      clampCoordinate(ax + (x < ax ? -side : side)),
      clampCoordinate(ay + (y < ay ? -side : side)),
    ];
  }
}
