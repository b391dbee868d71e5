// The controls of the linked views: how they are arranged, and how maps look.

import { round } from "./arithmetic";
import { COLORMAPS } from "./colormaps";
import { element, listen, setAttribute, setText } from "./dom";
import { percent } from "./format";
import { MODES, positionOfShare, shareAtPosition, TOOLS, type Mode, type State, type Tool } from "./linked-state";
import type { Shown } from "./linked-store";

export interface ToolbarActions {
  /** A choice that the kernel hears of at once. */
  choose(name: string, v: unknown): void;
  /** A slider on its way: the kernel hears of it when the person leaves the widget. */
  slide(name: string, v: unknown): void;
  /** Tell the kernel of all that has been slid. */
  tell(): void;
  swap(): void;
  zoom(factor: number): void;
  fit(): void;
  unselect(): void;
}

const MODE_NAMES: Record<Mode, string> = { side: "Side by side", overlay: "Overlay", swipe: "Swipe" };
const TOOL_NAMES: Record<Tool, string> = { select: "Select", move: "Move" };
const TOOL_HINTS: Record<Tool, string> = {
  select: "Drag a rectangle: every view shows it, with its statistics (S)",
  move: "Drag the picture (M; with Select the middle button moves, too)",
};

const whole = (share: number) => `${round(share * 100)} %`;

function group(label: string, ...children: Node[]): HTMLElement {
  return element("div.rwl-group", { role: "group", "aria-label": label }, ...children);
}

function button(words: string, title: string, press: () => void): HTMLButtonElement {
  const made = element("button.rwl-button", { type: "button", title }, words);
  listen(made, "click", press);
  return made;
}

function keyButton(words: string, label: string, keys: string, press: () => void): HTMLButtonElement {
  const made = button(words, `${label} (${keys})`, press);
  setAttribute(made, "aria-label", label);
  setAttribute(made, "aria-keyshortcuts", keys);
  return made;
}

export function slider(label: string, hint: string, moved: (position: number) => void) {
  const input = element("input", { type: "range", min: 0, max: 1, step: 0.005, "aria-label": label });
  const output = element("output.rwl-output");
  listen(input, "input", () => moved(Number(input.value)));
  const name = element("span", {}, label);
  const el = element("label.rwl-slider", { title: hint }, name, input, output);
  const show = (position: number, words: string) => {
    // Not while it is being dragged: setting it would fight the hand.
    if (Number(input.value) !== position) input.value = String(position);
    setAttribute(input, "aria-valuetext", words);
    setText(output, words);
  };
  return { el, show, input, name };
}

function choice(label: string, chosen: (value: string) => void) {
  const select = element("select");
  listen(select, "change", () => chosen(select.value));
  const words = element("span", {}, label);
  const el = element("label.rwl-choice", {}, words, select);
  let known = "";
  const show = (names: readonly string[], value: string) => {
    const key = JSON.stringify(names);
    if (key !== known) {
      known = key;
      select.replaceChildren(...names.map((name) => new Option(name, name)));
    }
    if (select.value !== value) select.value = value;
  };
  return { el, show, words };
}

export function makeToolbar(act: ToolbarActions) {
  const modes = MODES.map((m) => button(MODE_NAMES[m], `Show the views: ${MODE_NAMES[m]}`, () => act.choose("mode", m)));
  const tools = TOOLS.map((t) => button(TOOL_NAMES[t], TOOL_HINTS[t], () => act.choose("tool", t)));
  const out = keyButton("−", "Zoom out", "-", () => act.zoom(1 / 1.25));
  const into = keyButton("+", "Zoom in", "+", () => act.zoom(1.25));
  const fit = keyButton("Fit", "Fit the whole picture", "0", () => act.fit());
  const unselect = button("Clear selection", "Forget the rectangle (Escape)", () => act.unselect());
  const first = choice("Left", (name) => act.choose("first", name));
  const second = choice("Right", (name) => act.choose("second", name));
  const swap = button("⇄", "Swap the two views", () => act.swap());
  setAttribute(swap, "aria-label", "Swap the two views");
  const blend = slider("Blend", "How strongly the second view covers the first", (v) => act.slide("blend", v));
  const compare = group("Views compared", first.el, swap, second.el, blend.el);
  const top = slider("Strongest", "Show only the strongest places of every map", (v) => act.slide("top", shareAtPosition(v)));
  const opacity = slider("Opacity", "How strongly maps cover the picture", (v) => act.slide("opacity", v));
  const colours = choice("Colours", (name) => act.choose("colormap", name));
  const over = element("input", { type: "checkbox" });
  listen(over, "change", () => act.choose("over_picture", over.checked));
  const overLabel = element("label.rwl-check", { title: "Draw maps and masks over the picture" }, over, "On the picture");
  const looks = group("Look of the maps", top.el, opacity.el, colours.el, overLabel);
  const row = (...children: Node[]) => element("div.rwl-row", {}, ...children);
  const el = element(
    "div.rwl-toolbar",
    {},
    row(group("Arrangement", ...modes), group("Dragging", ...tools), group("Zoom", out, into, fit), unselect),
    row(looks),
    row(compare),
  );
  for (const segmented of [modes, tools, [out]]) segmented[0]!.parentElement!.classList.add("rwl-segments");

  return {
    el,
    update(views: readonly Shown[], state: State, zoomed: boolean): void {
      const names = views.map((v) => v.name);
      modes.forEach((b, i) => {
        setAttribute(b, "aria-pressed", MODES[i] === state.mode);
        b.disabled = MODES[i] !== "side" && !state.pair;
      });
      tools.forEach((b, i) => setAttribute(b, "aria-pressed", TOOLS[i] === state.tool));
      out.disabled = fit.disabled = !zoomed;
      unselect.disabled = !state.selection;
      const maps = views.some((v) => v.kind === "map");
      const signed = views.some((v) => v.kind === "difference");
      looks.hidden = views.length < 2;
      top.el.hidden = !maps && !signed;
      colours.el.hidden = !maps;
      opacity.el.hidden = (!maps && !signed) || !state.overPicture;
      top.show(positionOfShare(state.top), state.top >= 1 ? "all" : `top ${percent(state.top)}`);
      opacity.show(state.opacity, whole(state.opacity));
      colours.show(COLORMAPS, (COLORMAPS as string[]).includes(state.colormap) ? state.colormap : "magma");
      over.checked = state.overPicture;
      compare.parentElement!.hidden = state.mode === "side" || !state.pair;
      setText(first.words, state.mode === "overlay" ? "Below" : "Left");
      setText(second.words, state.mode === "overlay" ? "Above" : "Right");
      if (state.pair) {
        first.show(names, state.pair[0].name);
        second.show(names, state.pair[1].name);
      }
      blend.el.hidden = state.mode !== "overlay";
      blend.show(state.blend, whole(state.blend));
    },
  };
}
