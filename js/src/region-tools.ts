// The tools of the region editor: what they are called, their keys and their pictures.

import type { IconName } from "./icons";
import type { Op } from "./region-shapes";

export type { Op } from "./region-shapes";

export const TOOLS = [
  "select",
  "pan",
  "brush",
  "eraser",
  "box",
  "ellipse",
  "lasso",
  "polygon",
  "flood",
] as const;
export type Tool = (typeof TOOLS)[number];

/** Tools that make a shape point by point. */
export type DrawingTool = Exclude<Tool, "select" | "pan" | "flood">;

export const OPS: readonly Op[] = ["add", "subtract", "intersect"];

interface Entry {
  readonly label: string;
  readonly key: string;
  readonly icon: IconName;
}

export const TOOL_ENTRIES: Record<Tool, Entry> = {
  select: { label: "Select and move", key: "V", icon: "select" },
  pan: { label: "Move the picture", key: "H", icon: "pan" },
  brush: { label: "Brush", key: "B", icon: "brush" },
  eraser: { label: "Eraser", key: "E", icon: "eraser" },
  box: { label: "Box", key: "R", icon: "box" },
  ellipse: { label: "Ellipse", key: "O", icon: "ellipse" },
  lasso: { label: "Lasso", key: "L", icon: "lasso" },
  polygon: { label: "Polygon", key: "P", icon: "polygon" },
  flood: { label: "Fill by colour", key: "F", icon: "flood" },
};

export const OP_ENTRIES: Record<Op, Entry> = {
  add: { label: "Add", key: "A", icon: "union" },
  subtract: { label: "Subtract", key: "S", icon: "subtract" },
  intersect: { label: "Intersect", key: "X", icon: "intersect" },
};

/** What a tool is used like, said below the toolbar while nothing else needs the line. */
export const HINTS: Record<Tool, string> = {
  select: "Click a shape, drag it; Delete removes, D duplicates",
  pan: "Drag to move, wheel to zoom; Space-drag pans with any tool",
  brush: "Drag to paint; [ and ] change the size",
  eraser: "Drag to erase; [ and ] change the size",
  box: "Drag from corner to corner; Shift keeps it square",
  ellipse: "Drag from corner to corner; Shift keeps it round",
  lasso: "Drag around what you mean",
  polygon: "Click corners; double-click or Enter closes, Backspace takes back",
  flood: "Click a colour to fill all that joins it",
};

export const MAX_BRUSH = 512;

export function isTool(value: unknown): value is Tool {
  return (TOOLS as readonly unknown[]).includes(value);
}

export function isOp(value: unknown): value is Op {
  return (OPS as readonly unknown[]).includes(value);
}
