// The row of buttons above the slices.

import { element, listen, setAttribute } from "./dom";
import * as icons from "./icons";
import type { VolumeActions } from "./volume-input";
import { BRUSHES, TOOLS, type Tool, type VolumeState } from "./volume-state";
import type { VolumeStore } from "./volume-store";

export interface VolumeToolbar {
  readonly el: HTMLElement;
  update(): void;
}

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

export function makeToolbar(state: VolumeState, store: VolumeStore, act: VolumeActions, set: (name: "brush_size" | "brush_shape", value: unknown) => void): VolumeToolbar {
  const tools: Record<Tool, HTMLButtonElement> = {
    crosshair: button(icons.inspect, "Move the crosshair", "C", () => act.setTool("crosshair")),
    window: button(icons.contrast, "Window and level", "W", () => act.setTool("window")),
    brush: button(icons.brush, "Brush", "B", () => act.setTool("brush")),
    eraser: button(icons.eraser, "Eraser", "E", () => act.setTool("eraser")),
  };
  const shapes = {
    ball: button(icons.ball, "Paint a ball through all slices", "S", () => set("brush_shape", "ball")),
    slice: button(icons.slice, "Paint this slice only", "S", () => set("brush_shape", "slice")),
  };
  const size = element("input.rw-size", {
    type: "range", min: 1, max: 80, "aria-label": "Brush size", title: "Brush size ([ and ])",
  });
  listen(size, "input", () => set("brush_size", Number(size.value)));
  const undo = button(icons.undo, "Undo", "Control+Z", act.undo);
  const redo = button(icons.redo, "Redo", "Control+Y", act.redo);
  const clear = button(icons.clear, "Clear what is painted", "Delete", act.clear);
  const jump = button(icons.peak, "Jump to the map's maximum", "M", act.jump);
  const play = button(icons.play, "Play through the slices", "P", act.play);
  const out = button(icons.minus, "Zoom out", "-", () => act.zoom(1 / 1.25));
  const into = button(icons.plus, "Zoom in", "+", () => act.zoom(1.25));
  const fit = button(icons.fit, "Fit the whole volume", "0", act.fit);

  const group = (label: string, ...children: Node[]) =>
    element("div.rw-group", { role: "group", "aria-label": label }, ...children);
  const brush = group("Brush shape and size", ...Object.values(shapes), size);
  const painted = group("Painted", undo, redo, clear);
  const el = element(
    "div.rw-toolbar",
    { role: "toolbar", "aria-label": "Volume tools" },
    group("Tool", ...Object.values(tools)), brush, painted,
    group("Go", jump, play),
    group("Zoom", out, into, fit),
  );
  let playing = false;

  return {
    el,
    update() {
      const paintable = state.flag("paintable");
      brush.hidden = painted.hidden = tools.brush.hidden = tools.eraser.hidden = !paintable;
      tools.brush.disabled = tools.eraser.disabled = state.flag("projection");
      for (const tool of TOOLS) setAttribute(tools[tool], "aria-pressed", tool === state.tool);
      for (const shape of BRUSHES) setAttribute(shapes[shape], "aria-pressed", shape === state.brushShape);
      const paints = state.tool === "brush" || state.tool === "eraser";
      const unit = store.orientation?.unit === "mm" ? "mm" : "voxels";
      setAttribute(size, "aria-label", `Brush size in ${unit}`);
      if (document.activeElement !== size) size.value = String(state.brushSize);
      size.disabled = shapes.ball.disabled = shapes.slice.disabled = !paints;
      undo.disabled = !store.history.canUndo;
      redo.disabled = !store.history.canRedo;
      clear.disabled = !store.history.painted;
      jump.disabled = !store.map;
      out.disabled = fit.disabled = state.zoom <= 1;
      if (playing !== state.flag("playing")) {
        playing = !playing;
        play.replaceChildren(icons.icon(playing ? icons.pause : icons.play));
        setAttribute(play, "aria-pressed", playing);
        setAttribute(play, "aria-label", playing ? "Stop playing" : "Play through the slices");
        play.title = `${play.getAttribute("aria-label")} (P)`;
      }
    },
  };
}
