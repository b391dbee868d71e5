// The traits of a VolumeView's model, read safely: whatever they hold, something can be drawn.

import { finite, max, min } from "./arithmetic";
import { flag, num, text, type Model } from "./model";
import {
  nearest, PLANE_NAMES, planesOf,
  type Convention, type Orientation, type Plane, type PlaneName, type Triple,
} from "./volume-planes";
import { clampCentre, MAX_ZOOM } from "./volume-layout";
import type { WindowLevel } from "./volume-window";
import type { BrushShape } from "./volume-brush";

export const TOOLS = ["crosshair", "window", "brush", "eraser"] as const;
export type Tool = (typeof TOOLS)[number];
export const BRUSHES = ["ball", "slice"] as const;
export const MAX_BRUSH = 500;

export const TRAITS = [
  "crosshair", "window", "level", "convention", "channel", "threshold", "opacity", "colormap",
  "show_map", "show_mask", "show_crosshair", "projection", "tool", "brush_size", "brush_shape",
  "plane", "playing", "speed", "zoom", "centre", "width", "paintable", "alt", "status", "error",
] as const;

export class VolumeState {
  #saving: ReturnType<typeof setTimeout> | undefined;

  readonly #shape: () => Triple;

  constructor(
    readonly model: Model,
    shape: () => Triple,
  ) {
    this.#shape = shape;
  }

  /** Set a trait now, tell the kernel a moment later: dragging must not flood it. */
  set(name: (typeof TRAITS)[number], value: unknown): void {
    this.model.set(name, value);
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.model.save_changes(), 150);
  }

  /** Tell the kernel now what has not been told. */
  flush(): void {
    clearTimeout(this.#saving);
    this.model.save_changes();
  }

  get crosshair(): [number, number, number] {
    const shape = this.#shape();
    const given = this.model.get("crosshair");
    const usable = Array.isArray(given) && given.length === 3 && given.every(finite);
    return usable
      ? nearest(given as unknown as Triple, shape)
      : [shape[0] >> 1, shape[1] >> 1, shape[2] >> 1];
  }

  get windowLevel(): WindowLevel {
    return { window: max(num(this.model, "window", 1), 1e-30), level: num(this.model, "level", 0) };
  }

  get convention(): Convention {
    return text(this.model, "convention") === "neurological" ? "neurological" : "radiological";
  }

  planes(orientation: Orientation): Record<PlaneName, Plane> {
    return planesOf(orientation, this.convention);
  }

  get plane(): PlaneName {
    const name = text(this.model, "plane") as PlaneName;
    return PLANE_NAMES.includes(name) ? name : "axial";
  }

  get tool(): Tool {
    const tool = text(this.model, "tool") as Tool;
    if (!TOOLS.includes(tool)) return "crosshair";
    const paints = tool === "brush" || tool === "eraser";
    // A projection has no depth to paint in.
    return paints && (!this.flag("paintable") || this.flag("projection")) ? "crosshair" : tool;
  }

  get brushShape(): BrushShape {
    return text(this.model, "brush_shape") === "slice" ? "slice" : "ball";
  }

  get brushSize(): number {
    return num(this.model, "brush_size", 10);
  }

  get zoom(): number {
    return min(MAX_ZOOM, max(1, num(this.model, "zoom", 1)));
  }

  get centre(): [number, number, number] {
    const given = this.model.get("centre");
    const usable = Array.isArray(given) && given.length === 3 && given.every(finite);
    return clampCentre(usable ? given : [], this.#shape(), this.zoom);
  }

  flag(name: (typeof TRAITS)[number]): boolean {
    return flag(this.model, name);
  }

  number(name: (typeof TRAITS)[number], fallback: number): number {
    return num(this.model, name, fallback);
  }

  text(name: (typeof TRAITS)[number]): string {
    return text(this.model, name);
  }

  dispose(): void {
    clearTimeout(this.#saving);
  }
}
