// The row of buttons above the drawing.

import { element, listen, setAttribute } from "./dom";
import * as icons from "./icons";
import { SIGNAL_TOOLS, type SignalActions, type SignalTool } from "./signal-input";

export interface SignalToolbarState {
  readonly tool: SignalTool;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly canClear: boolean;
  readonly zoomed: boolean;
  readonly paintable: boolean;
  readonly channels: number;
  readonly reverse: boolean;
  readonly fitValues: boolean;
  readonly behind: boolean;
  readonly lanes: boolean;
  readonly hasMap: boolean;
}

export interface SignalToolbar {
  readonly el: HTMLElement;
  update(state: SignalToolbarState): void;
}

export function toolButton(line: icons.Line, label: string, keys: string, press: () => void): HTMLButtonElement {
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

export function toolGroup(label: string, ...children: Node[]): HTMLDivElement {
  return element("div.rw-group", { role: "group", "aria-label": label }, ...children);
}

export function makeSignalToolbar(act: SignalActions): SignalToolbar {
  const tools: Record<SignalTool, HTMLButtonElement> = {
    inspect: toolButton(icons.inspect, "Read values; drag to zoom", "I", () => act.setTool("inspect")),
    pan: toolButton(icons.pan, "Drag to move", "H", () => act.setTool("pan")),
    brush: toolButton(icons.brush, "Select: drag over a stretch", "B", () => act.setTool("brush")),
    eraser: toolButton(icons.eraser, "Take out of the selection", "E", () => act.setTool("eraser")),
  };
  const undo = toolButton(icons.undo, "Undo", "Control+Z", act.undo);
  const redo = toolButton(icons.redo, "Redo", "Control+Y", act.redo);
  const clear = toolButton(icons.clear, "Clear the selection", "Delete", act.clear);
  const out = toolButton(icons.minus, "Zoom out", "-", () => act.zoom(1 / 1.5));
  const into = toolButton(icons.plus, "Zoom in", "+", () => act.zoom(1.5));
  const fit = toolButton(icons.fit, "Show all of it", "0", act.fit);
  const reverse = toolButton(icons.reverse, "From high to low", "R", () => act.toggle("reverse"));
  const height = toolButton(icons.height, "Fit the height to what is seen", "Y", () => act.toggle("fit_values"));
  const behind = toolButton(icons.behind, "Map behind the line", "M", () => act.toggle("behind"));
  const lanes = toolButton(icons.lanes, "Channels one above the other", "L", () => act.toggle("lanes"));
  const painting = toolGroup("Selected", undo, redo, clear);
  const el = element(
    "div.rw-toolbar",
    { role: "toolbar", "aria-label": "Tools" },
    toolGroup("Tool", ...Object.values(tools)),
    painting,
    toolGroup("Zoom", out, into, fit),
    toolGroup("Drawing", reverse, height, behind, lanes),
  );
  const press = (button: HTMLButtonElement, on: boolean) => setAttribute(button, "aria-pressed", on);

  return {
    el,
    update(s) {
      painting.hidden = tools.brush.hidden = tools.eraser.hidden = !s.paintable;
      for (const t of SIGNAL_TOOLS) press(tools[t], t === s.tool);
      undo.disabled = !s.canUndo;
      redo.disabled = !s.canRedo;
      clear.disabled = !s.canClear;
      out.disabled = fit.disabled = !s.zoomed;
      lanes.hidden = s.channels < 2;
      behind.hidden = !s.hasMap;
      press(reverse, s.reverse);
      press(height, s.fitValues);
      press(behind, s.behind);
      press(lanes, s.lanes);
    },
  };
}
