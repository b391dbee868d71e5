// The rows above the picture: tools, and below them what the chosen tool can be told.

import { min } from "./arithmetic";
import { element, listen, setAttribute, setText } from "./dom";
import * as icons from "./icons";
import { group, rove, slider, toolButton } from "./region-controls";
import { HINTS, MAX_BRUSH, OP_ENTRIES, OPS, TOOL_ENTRIES, TOOLS, type Op, type Tool } from "./region-tools";

export type PanelName = "threshold" | "refine";

export interface ToolbarActions {
  tool(tool: Tool): void;
  op(op: Op): void;
  size(size: number): void;
  tolerance(tolerance: number): void;
  undo(): void;
  redo(): void;
  clear(): void;
  invert(): void;
  panel(name: PanelName): void;
  load(): void;
  save(): void;
  zoom(factor: number): void;
  fit(): void;
  remove(): void;
  duplicate(): void;
  /** Finish or cancel what is begun: for fingers, which have no Enter and Escape. */
  finish(): void;
  cancel(): void;
}

export interface ToolbarState {
  readonly tool: Tool;
  readonly op: Op;
  readonly size: number;
  readonly tolerance: number;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly canClear: boolean;
  readonly zoomed: boolean;
  readonly panel: PanelName | null;
  readonly hasMaps: boolean;
  readonly selected: boolean;
  readonly begun: boolean;
  readonly ready: boolean;
}

export interface Toolbar {
  readonly el: HTMLElement;
  readonly panelButtons: Record<PanelName, HTMLButtonElement>;
  update(state: ToolbarState): void;
}

export function makeToolbar(act: ToolbarActions): Toolbar {
  const toolOf = (t: Tool) =>
    toolButton(TOOL_ENTRIES[t].icon, TOOL_ENTRIES[t].label, TOOL_ENTRIES[t].key, () => act.tool(t));
  const tools = Object.fromEntries(TOOLS.map((t) => [t, toolOf(t)])) as Record<Tool, HTMLButtonElement>;
  const opOf = (o: Op) =>
    toolButton(OP_ENTRIES[o].icon, OP_ENTRIES[o].label, OP_ENTRIES[o].key, () => act.op(o));
  const ops = Object.fromEntries(OPS.map((o) => [o, opOf(o)])) as Record<Op, HTMLButtonElement>;

  const undo = toolButton(icons.undo, "Undo", "Control+Z", act.undo);
  const redo = toolButton(icons.redo, "Redo", "Control+Y", act.redo);
  const invert = toolButton(icons.invert, "Invert", "I", act.invert);
  const clear = toolButton(icons.clear, "Clear the region", "Shift+Delete", act.clear);
  const threshold = toolButton(icons.threshold, "Fill from a map", "T", () => act.panel("threshold"));
  const refine = toolButton(icons.refine, "Grow, shrink, feather", "G", () => act.panel("refine"));
  const load = toolButton(icons.open, "Load a mask from a file", "", act.load);
  const save = toolButton(icons.download, "Save the mask to a file", "", act.save);
  const out = toolButton(icons.minus, "Zoom out", "-", () => act.zoom(1 / 1.25));
  const into = toolButton(icons.plus, "Zoom in", "+", () => act.zoom(1.25));
  const fit = toolButton(icons.fit, "Fit the whole picture", "0", act.fit);
  const bar = element(
    "div.rw-toolbar",
    { role: "toolbar", "aria-label": "Region tools" },
    group("Move", tools.select, tools.pan),
    group(
      "Draw",
      ...(["brush", "eraser", "box", "ellipse", "lasso", "polygon", "flood"] as const).map((t) => tools[t]),
    ),
    group("History", undo, redo),
    group("Whole region", threshold, refine, invert, clear),
    group("Files", load, save),
    group("Zoom", out, into, fit),
  );
  const settle = rove(bar);

  const size = slider("Size", { min: 1, max: 128 }, (v) => `${v} px`, act.size);
  const tolerance = slider("Tolerance", { min: 0, max: 128 }, String, act.tolerance);
  const opGroup = group("How it is combined", ...OPS.map((o) => ops[o]));
  const remove = toolButton(icons.remove, "Delete the shape", "Delete", act.remove);
  const copy = toolButton(icons.copy, "Duplicate the shape", "D", act.duplicate);
  const shapeGroup = group("Selected shape", copy, remove);
  const done = element("button.rw-button", { type: "button" }, "Close shape");
  listen(done, "click", act.finish);
  const cancel = element("button.rw-button", { type: "button" }, "Cancel");
  listen(cancel, "click", act.cancel);
  const begunGroup = group("Shape that is begun", done, cancel);
  const hint = element("span.rw-hint");
  const options = element(
    "div.rw-options",
    { role: "group", "aria-label": "Options of the tool" },
    opGroup,
    size.el,
    tolerance.el,
    shapeGroup,
    begunGroup,
    hint,
  );

  return {
    el: element("div.rw-bars", {}, bar, options),
    panelButtons: { threshold, refine },
    update(s) {
      for (const t of TOOLS) setAttribute(tools[t], "aria-pressed", t === s.tool);
      for (const o of OPS) setAttribute(ops[o], "aria-pressed", o === s.op);
      for (const b of bar.querySelectorAll("button")) b.disabled = !s.ready;
      if (s.ready) {
        undo.disabled = !s.canUndo;
        redo.disabled = !s.canRedo;
        clear.disabled = !s.canClear;
        threshold.disabled = !s.hasMaps;
        out.disabled = fit.disabled = !s.zoomed;
      }
      threshold.title = s.hasMaps ? "Fill from a map (T)" : "Fill from a map: link one with link_map() first";
      setAttribute(threshold, "aria-expanded", s.panel === "threshold");
      setAttribute(refine, "aria-expanded", s.panel === "refine");
      const draws = s.tool !== "select" && s.tool !== "pan";
      opGroup.hidden = !draws || s.tool === "eraser" || s.begun;
      size.el.hidden = s.tool !== "brush" && s.tool !== "eraser";
      tolerance.el.hidden = s.tool !== "flood";
      shapeGroup.hidden = !s.selected;
      begunGroup.hidden = !s.begun;
      size.show(min(s.size, MAX_BRUSH));
      tolerance.show(s.tolerance);
      setText(hint, s.begun ? "" : HINTS[s.tool]);
      settle();
    },
  };
}
