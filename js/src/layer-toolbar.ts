// The row of buttons above the picture.

import { element, listen, setAttribute } from "./dom";
import * as icons from "./icons";

export const TOOLS = ["inspect", "brush", "eraser"] as const;
export type Tool = (typeof TOOLS)[number];

export interface ToolbarActions {
  tool(tool: Tool): void;
  size(size: number): void;
  undo(): void;
  redo(): void;
  clear(): void;
  zoom(factor: number): void;
  fit(): void;
}

export interface ToolbarState {
  readonly tool: Tool;
  readonly size: number;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly canClear: boolean;
  readonly zoomed: boolean;
  readonly paintable: boolean;
}

export interface Toolbar {
  readonly el: HTMLElement;
  update(state: ToolbarState): void;
}

export const MAX_BRUSH = 200;

function button(line: icons.Line, label: string, keys: string, press: () => void): HTMLButtonElement {
  const made = element("button.rw-tool", {
    type: "button",
    "aria-label": label,
    "aria-keyshortcuts": keys,
    title: `${label} (${keys})`,
  });
  made.append(icons.icon(line));
  listen(made, "click", press);
  return made;
}

export function makeToolbar(act: ToolbarActions): Toolbar {
  const tools = {
    inspect: button(icons.inspect, "Inspect and move", "I", () => act.tool("inspect")),
    brush: button(icons.brush, "Brush", "B", () => act.tool("brush")),
    eraser: button(icons.eraser, "Eraser", "E", () => act.tool("eraser")),
  };
  const size = element("input.rw-size", {
    type: "range",
    min: 1,
    max: 80,
    "aria-label": "Brush size in pixels",
    title: "Brush size ([ and ])",
  });
  listen(size, "input", () => act.size(Number(size.value)));
  const undo = button(icons.undo, "Undo", "Control+Z", act.undo);
  const redo = button(icons.redo, "Redo", "Control+Y", act.redo);
  const clear = button(icons.clear, "Clear what is painted", "Delete", act.clear);
  const out = button(icons.minus, "Zoom out", "-", () => act.zoom(1 / 1.25));
  const into = button(icons.plus, "Zoom in", "+", () => act.zoom(1.25));
  const fit = button(icons.fit, "Fit the whole picture", "0", act.fit);

  const group = (label: string, ...children: Node[]) =>
    element("div.rw-group", { role: "group", "aria-label": label }, ...children);
  const painting = [
    group("Tool", ...Object.values(tools)),
    group("Brush size", size),
    group("Painted", undo, redo, clear),
  ];
  const el = element(
    "div.rw-toolbar",
    { role: "toolbar", "aria-label": "Picture tools" },
    ...painting,
    group("Zoom", out, into, fit),
  );

  return {
    el,
    update(s) {
      for (const g of painting) g.hidden = !s.paintable;
      for (const t of TOOLS) setAttribute(tools[t], "aria-pressed", t === s.tool);
      if (document.activeElement !== size) size.value = String(s.size);
      size.disabled = s.tool === "inspect";
      undo.disabled = !s.canUndo;
      redo.disabled = !s.canRedo;
      clear.disabled = !s.canClear;
      out.disabled = fit.disabled = !s.zoomed;
    },
  };
}
