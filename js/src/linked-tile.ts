// One view on the screen: its name, two canvases (pixels below, cursor above), legend and reading.

import { max, min } from "./arithmetic";
import { colourTable } from "./colormaps";
import { element, setAttribute, setText } from "./dom";
import { percent, value } from "./format";
import { divergingTable, gradient } from "./linked-colours";
import { connectKeys, connectPointer, type LinkedActions } from "./linked-input";
import { readingAt, signed } from "./linked-readings";
import type { Pixel } from "./linked-selection";
import type { State } from "./linked-state";
import type { Shown } from "./linked-store";
import type { Sizes } from "./viewport";

/** A picture far from square would make its tile a ribbon: it gets a border of ground instead. */
const FLATTEST = 3;
const TALLEST = 0.5;

export class Pane {
  readonly below = element("canvas.rwl-pixels", { "aria-hidden": true, tabindex: -1 });
  readonly over = element("canvas.rwl-over", { role: "application", tabindex: -1 });
  readonly el = element("div.rwl-pane", {}, this.below, this.over);

  constructor(act: LinkedActions, help: string) {
    setAttribute(this.over, "aria-roledescription", "linked view");
    setAttribute(this.over, "aria-describedby", help);
    connectPointer(this.over, act);
    connectKeys(this.over, act);
  }

  sizes(width: number, height: number): Sizes {
    const { clientWidth, clientHeight } = this.over;
    return { canvasWidth: clientWidth || 1, canvasHeight: clientHeight || 1, width: width || 1, height: height || 1 };
  }

  shape(width: number, height: number, tool: string, zoomed: boolean): void {
    const aspect = min(FLATTEST, max(TALLEST, width / height || 1));
    this.el.style.aspectRatio = String(aspect);
    this.over.dataset.tool = tool;
    this.over.dataset.zoomed = String(zoomed);
  }
}

export class Tile {
  readonly #name = element("span.rwl-name");
  readonly #note = element("span.rwl-note");
  readonly #bar = element("span.rwl-bar");
  readonly #ends = [0, 1, 2].map(() => element("span"));
  readonly #scale = element("div.rwl-scale", {}, ...this.#ends);
  readonly #legend = element("div.rwl-legend", {}, this.#bar, this.#scale);
  readonly #reading = element("div.rwl-reading");
  readonly pane: Pane;
  readonly el: HTMLElement;

  constructor(act: LinkedActions, help: string) {
    this.pane = new Pane(act, help);
    const title = element("figcaption.rwl-title", {}, this.#name, this.#note);
    this.el = element("figure.rwl-tile", {}, title, this.pane.el, this.#legend, this.#reading);
  }

  update(shown: Shown, state: State): void {
    setText(this.#name, shown.name);
    setText(this.#note, shown.note);
    this.#name.title = shown.name;
    this.#note.title = shown.note;
    setAttribute(this.pane.over, "aria-label", shown.note ? `${shown.name}, ${shown.note}` : shown.name);
    this.el.dataset.kind = shown.kind;
    this.el.classList.toggle("rwl-filtered", !!shown.filter);
    const { bar, words } = legendOf(shown, state);
    this.#bar.hidden = !bar;
    if (this.#bar.style.background !== bar) this.#bar.style.background = bar;
    this.#ends.forEach((end, i) => setText(end, words[i] ?? ""));
  }

  read(shown: Shown, width: number, at: Pixel | null): void {
    const found = at && readingAt(shown.layer, width, at);
    const prefix = shown.kind === "picture" ? "RGB " : "";
    setText(this.#reading, found ? [prefix + found.value, found.rank].filter(Boolean).join(" · ") : "");
  }
}

function legendOf(shown: Shown, state: State): { bar: string; words: string[] } {
  const { layer, kind } = shown;
  if (kind === "picture") return { bar: "", words: [] };
  if (kind === "mask") return { bar: "", words: [`inside: ${percent(layer.inside)} of the picture`] };
  if (kind === "difference") {
    const top = layer.top;
    return { bar: gradient(divergingTable()), words: [signed(-top), "0", signed(top)] };
  }
  return {
    bar: gradient(colourTable(state.colormap)),
    words: [value(max(layer.lowest, 0)), "", value(layer.top)],
  };
}
