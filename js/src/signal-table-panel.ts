// A table's row: tools, search and order above the list of features.

import { element, listen, setAttribute, setText } from "./dom";
import * as icons from "./icons";
import { count, percent } from "./format";
import { coloursOf } from "./signal-colours";
import { undoKey, type SignalTool } from "./signal-input";
import { total, type Interval } from "./signal-intervals";
import type { Look } from "./signal-layout";
import { featureName } from "./signal-rows";
import type { SignalStore } from "./signal-store";
import { FeatureTable } from "./signal-table";
import { toolButton, toolGroup } from "./signal-toolbar";

const MOST_NAMES = 6;
const range = (start: number, stop: number) => Array.from({ length: stop - start }, (_, n) => start + n);

export interface TablePanelActions {
  tool(): SignalTool;
  setTool(tool: SignalTool): void;
  setSort(sort: string): void;
  mark(places: readonly number[], on: boolean): void;
  hover(line: string): void;
  undo(): void;
  redo(): void;
  clear(): void;
}

export interface TablePanelLook extends Look {
  readonly sort: string;
  readonly tool: SignalTool;
  readonly paintable: boolean;
  readonly height: number;
  readonly label: string;
}

export class TablePanel {
  readonly el = element("div.rw-signal", { hidden: true });
  readonly #list: FeatureTable;
  readonly #search = element("input", { type: "search", placeholder: "Find a feature", "aria-label": "Find a feature" });
  readonly #found = element("span.rw-status", { role: "status" });
  readonly #tools;
  readonly #sort;
  readonly #painting: HTMLElement[];
  readonly #undo: HTMLButtonElement;
  readonly #redo: HTMLButtonElement;
  readonly #clear: HTMLButtonElement;
  readonly #head: HTMLElement;
  #last: { look: TablePanelLook; box: HTMLElement } | null = null;

  readonly #store: SignalStore;
  readonly #act: TablePanelActions;

  constructor(
    store: SignalStore,
    act: TablePanelActions,
  ) {
    this.#store = store;
    this.#act = act;
    this.#list = new FeatureTable(store, {
      mark: act.mark,
      selects: () => {
        const tool = act.tool();
        return tool === "brush" || tool === "eraser" ? tool : null;
      },
      hover: (_place, line) => act.hover(line || this.#summary()),
    });
    this.#tools = {
      inspect: toolButton(icons.inspect, "Read values", "I", () => act.setTool("inspect")),
      brush: toolButton(icons.brush, "Select features", "B", () => act.setTool("brush")),
      eraser: toolButton(icons.eraser, "Take out of the selection", "E", () => act.setTool("eraser")),
    };
    this.#undo = toolButton(icons.undo, "Undo", "Control+Z", act.undo);
    this.#redo = toolButton(icons.redo, "Redo", "Control+Y", act.redo);
    this.#clear = toolButton(icons.clear, "Clear the selection", "Delete", act.clear);
    this.#sort = toolButton(icons.sort, "Highest first", "S", () => this.#toggleSort());
    this.#painting = [
      toolGroup("Tool", ...Object.values(this.#tools)),
      toolGroup("Selected", this.#undo, this.#redo, this.#clear),
    ];
    const bar = element("div.rw-toolbar", { role: "toolbar", "aria-label": "Tools" }, ...this.#painting, toolGroup("Order", this.#sort));
    const heads = ["", "feature", "value", "", ""].map((head) => element("span", {}, head));
    this.#head = element("div.rw-feature-head", { "aria-hidden": "true" }, ...heads);
    const list = element("div.rw-feature-list", {}, this.#head, this.#list.el);
    this.el.append(bar, element("div.rw-find", {}, this.#search, this.#found), list);
    listen(this.#search, "input", () => this.#refresh());
    listen(this.el, "keydown", (e) => this.#key(e));
  }

  update(look: TablePanelLook, box: HTMLElement): void {
    this.#last = { look, box };
    const store = this.#store;
    box.dataset.dark = String(coloursOf(box).dark);
    const selecting = look.paintable;
    this.#list.update({ ...look, search: this.#search.value, selecting }, look.label);
    for (const group of this.#painting) group.hidden = !look.paintable;
    this.#head.lastElementChild!.previousElementSibling!.textContent = store.map && look.showMap ? look.mapName : "";
    const tool = look.tool === "pan" ? "inspect" : look.tool;
    for (const [name, button] of Object.entries(this.#tools)) setAttribute(button, "aria-pressed", name === tool);
    setAttribute(this.#sort, "aria-pressed", look.sort === "responsibility");
    this.#sort.disabled = !store.map;
    this.#undo.disabled = !store.selection.canUndo;
    this.#redo.disabled = !store.selection.canRedo;
    this.#clear.disabled = !store.selection.runs.length;
    // A search is of use only where the list is longer than what is seen at once.
    this.#search.parentElement!.hidden = (store.data?.length ?? 0) <= 12;
    const wanted = this.#search.value.trim();
    setText(this.#found, wanted ? `${count(this.#list.rows)} of ${count(store.data?.length ?? 0)} features` : "");
    this.#act.hover(this.#summary());
  }

  #summary(): string {
    const { data, mask, selection } = this.#store;
    if (!data) return "";
    const parts = [`${count(data.length)} features`];
    if (mask) parts.push(`${count(total(mask))} in the explanation${this.#keptNames(mask)}`);
    const selected = total(selection.runs);
    if (selected) parts.push(`${count(selected)} selected (${percent(selected / data.length)})`);
    return parts.join(" · ");
  }

  /** The features that are kept, while they are few: among thousands they may be out of sight. */
  #keptNames(mask: readonly Interval[]): string {
    const places = mask.flatMap(([start, stop]) => (stop - start > MOST_NAMES ? [] : range(start, stop)));
    if (!places.length || total(mask) > MOST_NAMES) return "";
    return `: ${places.map((place) => featureName(this.#store, place)).join(", ")}`;
  }

  #refresh(): void {
    if (this.#last) this.update(this.#last.look, this.#last.box);
  }

  #toggleSort(): void {
    this.#act.setSort(this.#last?.look.sort === "order" ? "responsibility" : "order");
  }

  #key(e: KeyboardEvent): void {
    if (e.altKey || e.target === this.#search) return;
    if (e.ctrlKey || e.metaKey) {
      if (!undoKey(e, this.#act)) return;
    } else {
      const keys: Record<string, () => void> = {
        i: () => this.#act.setTool("inspect"),
        b: () => this.#act.setTool("brush"),
        e: () => this.#act.setTool("eraser"),
        s: () => this.#toggleSort(),
        Delete: () => this.#act.clear(),
      };
      const run = keys[e.key] ?? keys[e.key.toLowerCase()];
      if (!run) return;
      run();
    }
    e.preventDefault();
    e.stopPropagation();
  }
}
