// A row of features as a list of bars. Only the rows that are seen exist, so thousands cost no more
// than twenty.

import { floor, max, min, round } from "./arithmetic";
import { colourTable } from "./colormaps";
import { element, listen, setAttribute, setText } from "./dom";
import { rowOf, rowOrder, rowText, rowWindow, type Row } from "./signal-rows";
import type { SignalStore } from "./signal-store";

export interface TableLook {
  readonly threshold: number;
  readonly opacity: number;
  readonly colormap: string;
  readonly showMap: boolean;
  readonly showMask: boolean;
  readonly sort: string;
  readonly search: string;
  readonly selecting: boolean;
  readonly height: number;
}

export interface TableActions {
  /** Select or take out places; one stroke. */
  mark(places: readonly number[], on: boolean): void;
  selects(): "brush" | "eraser" | null;
  hover(place: number | null, text: string): void;
}

const ROW = 28;
let tables = 0;

export class FeatureTable {
  readonly el = element("div.rw-features", {
    role: "listbox",
    tabindex: 0,
    "aria-multiselectable": "true",
    "data-lm-suppress-shortcuts": "true",
  });
  readonly #inner = element("div.rw-features-all", { role: "presentation" });
  readonly #id = `rw-feature-${tables++}-`;
  #order = new Int32Array(0);
  #orderKey: unknown[] = [];
  #active = 0;
  #look: TableLook | null = null;
  #sweep: { places: Set<number>; on: boolean } | null = null;

  readonly #store: SignalStore;
  readonly #act: TableActions;

  constructor(
    store: SignalStore,
    act: TableActions,
  ) {
    this.#store = store;
    this.#act = act;
    this.el.append(this.#inner);
    listen(this.el, "scroll", () => this.#fill());
    listen(this.el, "keydown", (e) => this.#key(e));
    listen(this.el, "pointerdown", (e) => this.#press(e));
    listen(this.el, "pointermove", (e) => this.#move(e));
    const release = () => this.#release();
    listen(this.el, "pointerup", release);
    listen(this.el, "pointercancel", release);
    listen(this.el, "pointerleave", () => act.hover(null, ""));
  }

  /** Number of features in the list. */
  get rows(): number {
    return this.#order.length;
  }

  update(look: TableLook, label: string): void {
    this.#look = look;
    const { data, map } = this.#store;
    const key = [data, map, look.sort, look.search];
    if (key.some((part, n) => part !== this.#orderKey[n])) {
      this.#orderKey = key;
      this.#order = rowOrder(this.#store, look.sort, look.search);
      this.#active = min(this.#active, max(0, this.#order.length - 1));
    }
    setAttribute(this.el, "aria-label", label);
    this.el.dataset.selecting = String(look.selecting);
    this.el.style.maxHeight = `${look.height}px`;
    this.#inner.style.height = `${this.#order.length * ROW}px`;
    this.#fill();
  }

  #fill(): void {
    if (!this.#look || !this.#store.data) return;
    const [first, rows] = rowWindow(this.el.scrollTop, this.el.clientHeight || this.#look.height, ROW, this.#order.length);
    while (this.#inner.children.length > rows) this.#inner.lastElementChild!.remove();
    while (this.#inner.children.length < rows) this.#inner.append(makeRow());
    for (let k = 0; k < rows; k++) this.#fillRow(this.#inner.children[k] as HTMLElement, first + k);
    const seen = this.#active >= first && this.#active < first + rows;
    if (seen) setAttribute(this.el, "aria-activedescendant", this.#id + this.#order[this.#active]);
    else this.el.removeAttribute("aria-activedescendant");
  }

  #fillRow(el: HTMLElement, at: number): void {
    const look = this.#look!;
    const row = rowOf(this.#store, this.#order[at]!);
    const sweeping = this.#sweep?.places.has(row.place);
    el.id = this.#id + row.place;
    el.style.top = `${at * ROW}px`;
    el.dataset.place = String(row.place);
    el.dataset.kept = String(look.showMask && row.kept);
    el.dataset.active = String(at === this.#active);
    el.title = row.name;
    setAttribute(el, "aria-posinset", at + 1);
    setAttribute(el, "aria-setsize", this.#order.length);
    setAttribute(el, "aria-selected", sweeping ? this.#sweep!.on : row.selected);
    setAttribute(el, "aria-label", rowText(this.#store, row));
    const [mark, name, value, track, map] = [...el.children] as HTMLElement[];
    setText(mark!, look.showMask && row.kept ? "●" : "");
    setText(name!, row.name);
    setText(value!, row.value);
    setText(map!, look.showMap ? row.map : "");
    paintBar(track!.firstElementChild as HTMLElement, row, look);
    track!.hidden = !look.showMap || row.share === null;
  }

  #key(e: KeyboardEvent): void {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const page = max(1, floor(this.el.clientHeight / ROW) - 1);
    const steps: Record<string, number> = {
      ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity,
    };
    const step = steps[e.key];
    if (step !== undefined) {
      this.#active = min(this.#order.length - 1, max(0, this.#active + step));
      this.#reveal();
    } else if (e.key === " " || e.key === "Enter") {
      const row = this.#current();
      if (row && this.#look?.selecting) this.#act.mark([row.place], !row.selected);
    } else return;
    e.preventDefault();
    e.stopPropagation();
    const row = this.#current();
    if (row) this.#act.hover(row.place, rowText(this.#store, row));
    this.#fill();
  }

  #current(): Row | null {
    return this.#order.length ? rowOf(this.#store, this.#order[this.#active]!) : null;
  }

  #reveal(): void {
    const top = this.#active * ROW;
    if (top < this.el.scrollTop) this.el.scrollTop = top;
    const below = top + ROW - this.el.clientHeight;
    if (below > this.el.scrollTop) this.el.scrollTop = below;
  }

  #placeAt(e: PointerEvent): number | null {
    const top = this.el.getBoundingClientRect().top + this.el.clientTop;
    const at = floor((e.clientY - top + this.el.scrollTop) / ROW);
    return at >= 0 && at < this.#order.length ? at : null;
  }

  #press(e: PointerEvent): void {
    const at = this.#placeAt(e);
    // Beyond the rows is the scroll bar.
    if (e.button !== 0 || at === null || e.offsetX > this.el.clientWidth) return;
    this.#active = at;
    const tool = this.#act.selects();
    if (tool && e.pointerType !== "touch") {
      this.el.setPointerCapture(e.pointerId);
      this.#sweep = { places: new Set([this.#order[at]!]), on: tool === "brush" };
    } else if (tool) this.#act.mark([this.#order[at]!], tool === "brush");
    this.#fill();
  }

  #move(e: PointerEvent): void {
    const at = this.#placeAt(e);
    if (at === null) return;
    if (this.#sweep) {
      this.#sweep.places.add(this.#order[at]!);
      this.#fill();
    }
    const row = rowOf(this.#store, this.#order[at]!);
    this.#act.hover(row.place, rowText(this.#store, row));
  }

  #release(): void {
    const sweep = this.#sweep;
    this.#sweep = null;
    if (sweep) this.#act.mark([...sweep.places], sweep.on);
  }
}

function makeRow(): HTMLElement {
  const track = element("span.rw-feature-track", {}, element("span.rw-feature-bar"));
  return element(
    "div.rw-feature",
    { role: "option" },
    element("span.rw-feature-kept", { "aria-hidden": "true" }),
    element("span.rw-feature-name"),
    element("span.rw-feature-value"),
    track,
    element("span.rw-feature-map"),
  );
}

function paintBar(bar: HTMLElement, row: Row, look: TableLook): void {
  const share = row.share ?? 0;
  const shown = share > 0 && share >= look.threshold;
  const table = colourTable(look.colormap);
  const at = 3 * round(255 * share);
  bar.style.width = `${100 * share}%`;
  bar.style.background = shown ? `rgb(${table[at]}, ${table[at + 1]}, ${table[at + 2]})` : "";
  bar.style.opacity = shown ? String(look.opacity) : "";
  bar.dataset.shown = String(shown);
}
