// What every view says: at the cursor, and inside the selection.

import { count } from "./format";
import { element, setText } from "./dom";
import type { Layer } from "./linked-layer";
import { readingAt, statisticsIn, statisticsWords } from "./linked-readings";
import type { Pixel, Rect } from "./linked-selection";
import type { Shown } from "./linked-store";

const COLUMNS = ["View", "Here", "Rank", "Mean", "Largest", "Share of all"] as const;

export class ReadingTable {
  readonly #caption = element("caption");
  readonly #body = element("tbody");
  readonly #heads = COLUMNS.map((name) => element("th", { scope: "col" }, name));
  readonly #table = element(
    "table",
    {},
    this.#caption,
    element("thead", {}, element("tr", {}, ...this.#heads)),
    this.#body,
  );
  readonly el = element("div.rwl-table", {}, this.#table);
  #rows: HTMLTableCellElement[][] = [];
  #known = new WeakMap<Layer, { rect: string; words: [string, string, string] }>();

  /** `at` is where values are read, `selection` what is summed up; either may be missing. */
  update(views: readonly Shown[], width: number, at: Pixel | null, selection: Rect | null): void {
    this.#fit(views.length);
    this.el.classList.toggle("rwl-selected", selection !== null);
    setText(this.#caption, captionOf(selection));
    this.#caption.hidden = !selection;
    views.forEach(({ name, kind, layer }, n) => {
      const here = at ? readingAt(layer, width, at) : { value: "", rank: "" };
      const inside = selection ? this.#inside(layer, width, selection) : ["", "", ""];
      const value = here.value && kind === "picture" ? `RGB ${here.value}` : here.value;
      [name, value, here.rank, ...inside].forEach((words, c) => setText(this.#rows[n]![c]!, words));
    });
  }

  /** Summing up millions of pixels is done when the rectangle changes, not when the pointer moves. */
  #inside(layer: Layer, width: number, rect: Rect): [string, string, string] {
    const key = rect.join();
    const known = this.#known.get(layer);
    if (known?.rect === key) return known.words;
    const words = statisticsWords(layer, statisticsIn(layer, width, rect));
    this.#known.set(layer, { rect: key, words });
    return words;
  }

  #fit(rows: number): void {
    while (this.#rows.length > rows) {
      this.#rows.pop();
      this.#body.lastElementChild!.remove();
    }
    while (this.#rows.length < rows) {
      const cells = COLUMNS.map((_, c) => (c ? element("td") : element("th", { scope: "row" })));
      this.#rows.push(cells as HTMLTableCellElement[]);
      this.#body.append(element("tr", {}, ...cells));
    }
  }
}

function captionOf(selection: Rect | null): string {
  if (!selection) return "";
  const [x0, y0, x1, y1] = selection;
  const size = `${x1 - x0} × ${y1 - y0}`;
  return `Selection: x ${x0} to ${x1 - 1}, y ${y0} to ${y1 - 1} (${size}, ${count((x1 - x0) * (y1 - y0))} pixels)`;
}
