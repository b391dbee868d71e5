// The tools of the region editor: what they are called, their keys and their pictures.

import * as icons from "./icons";
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
  readonly icon: icons.Line;
}

export const TOOL_ENTRIES: Record<Tool, Entry> = {
  select: { label: "Select and move", key: "V", icon: icons.select },
  pan: { label: "Move the picture", key: "H", icon: icons.pan },
  brush: { label: "Brush", key: "B", icon: icons.brush },
  eraser: { label: "Eraser", key: "E", icon: icons.eraser },
  box: { label: "Box", key: "R", icon: icons.box },
  ellipse: { label: "Ellipse", key: "O", icon: icons.ellipse },
  lasso: { label: "Lasso", key: "L", icon: icons.lasso },
  polygon: { label: "Polygon", key: "P", icon: icons.polygon },
  flood: { label: "Fill by colour", key: "F", icon: icons.flood },
};

export const OP_ENTRIES: Record<Op, Entry> = {
  add: { label: "Add", key: "A", icon: icons.union },
  subtract: { label: "Subtract", key: "S", icon: icons.subtract },
  intersect: { label: "Intersect", key: "X", icon: icons.intersect },
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
