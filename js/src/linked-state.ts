// What the person has chosen, read from the model's traits and checked. No DOM.

import { max, min } from "./arithmetic";
import { asPixel, asRect, type Pixel, type Rect } from "./linked-selection";
import type { LinkedStore, Shown } from "./linked-store";
import { flag, num, text, type Model } from "./model";

export const MODES = ["side", "overlay", "swipe"] as const;
export const TOOLS = ["select", "move"] as const;
export type Mode = (typeof MODES)[number];
export type Tool = (typeof TOOLS)[number];

export const TRAITS = [
  "mode", "tool", "first", "second", "divider", "blend", "top", "opacity", "colormap",
  "over_picture", "zoom", "pan_x", "pan_y", "cursor", "selection", "width", "error",
] as const;

/** The smallest share of pixels that the slider can leave. */
export const LEAST_TOP = 0.001;

export interface State {
  readonly mode: Mode;
  readonly tool: Tool;
  /** The two views that are compared; null while there are fewer. */
  readonly pair: readonly [Shown, Shown] | null;
  readonly divider: number;
  readonly blend: number;
  readonly top: number;
  readonly opacity: number;
  readonly colormap: string;
  readonly overPicture: boolean;
  readonly cursor: Pixel | null;
  readonly selection: Rect | null;
}

const oneOf = <T extends string>(all: readonly T[], given: string): T =>
  (all as readonly string[]).includes(given) ? (given as T) : all[0]!;

const share = (v: number) => min(1, max(0, v));

export function readState(model: Model, store: LinkedStore): State {
  const { width, height } = store;
  return {
    mode: oneOf(MODES, text(model, "mode")),
    tool: oneOf(TOOLS, text(model, "tool")),
    pair: pairOf(store.views, text(model, "first"), text(model, "second")),
    divider: share(num(model, "divider", 0.5)),
    blend: share(num(model, "blend", 0.5)),
    top: share(num(model, "top", 1)),
    opacity: share(num(model, "opacity", 0.7)),
    colormap: text(model, "colormap"),
    overPicture: flag(model, "over_picture"),
    cursor: asPixel(model.get("cursor"), width, height),
    selection: asRect(model.get("selection"), width, height),
  };
}

/** The named views; where a name is unknown, the first two that differ. */
export function pairOf(
  views: readonly Shown[],
  first: string,
  second: string,
): readonly [Shown, Shown] | null {
  if (views.length < 2) return null;
  const named = (name: string) => views.find((v) => v.name === name);
  const b = named(second);
  const a = named(first) ?? views.find((v) => v !== b)!;
  return [a, b ?? views.find((v) => v !== a)!];
}

/** Slider position 0..1 to the share of pixels shown: fine where little is left. */
export function shareAtPosition(position: number): number {
  if (position <= 0) return 1;
  return Number(Math.pow(LEAST_TOP, min(position, 1)).toPrecision(3));
}

export function positionOfShare(top: number): number {
  return Math.log(max(top, LEAST_TOP)) / Math.log(LEAST_TOP);
}
