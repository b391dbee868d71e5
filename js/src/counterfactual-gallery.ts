// CounterfactualGallery: samples and their counterfactuals as pictures, with what became of each.

import { max, min } from "./arithmetic";
import { drawOn, Pictures } from "./counterfactual-pictures";
import { makeDetail } from "./counterfactual-detail";
import { cellAfter, cellWords, share, signOf, tableOf, turnWords, VERDICTS, type Cell, type Row } from "./counterfactual-table";
import { element, listen, root, setAttribute, setText } from "./dom";
import { num, text, type Model, type RenderContext } from "./model";
import theme from "./theme.css";
import css from "./counterfactual-gallery.css";

const TRAITS = ["table", "chosen", "title"];
/** A kernel that is busy or starting may miss the first request; asking again does no harm. */
const ASK_AGAIN_MS = [2000, 15000];

interface Kept {
  readonly pictures: Pictures;
  readonly views: Set<() => void>;
}

function makeCell(role: string) {
  const canvas = element("canvas.rwc-picture", { "aria-hidden": true });
  const sign = element("span.rwc-sign", { "aria-hidden": true });
  const words = element("span.rwc-words");
  const more = element("span.rwc-more");
  const el = element(
    `div.${role === "rowheader" ? "rwc-sample" : "rwc-cell"}` as "div.rwc-cell",
    { role, "data-lm-suppress-shortcuts": true },
    element("span.rwc-frame", {}, canvas, sign),
    element("span.rwc-caption", {}, words, more),
  );
  let drawn: ImageData | undefined;
  return {
    el, sign, words, more,
    draw(image: ImageData | undefined): void {
      drawOn(canvas, image, drawn);
      drawn = image;
    },
  };
}

type Made = ReturnType<typeof makeCell>;

function render({ model, el }: RenderContext, kept: Kept): () => void {
  const title = element("div.rwc-title");
  const legend = element("div.rwc-legend");
  const grid = element("div.rwc-grid", { role: "grid" });
  const none = element("div.rwc-none", {}, "No samples yet.");
  const detail = makeDetail();
  const box = root("rw rw-counterfactuals", theme + css);
  const pagers = element("div.rwc-pagers");
  box.append(element("div.rwc-head", {}, title, legend, pagers), none, grid, detail.el);
  el.append(box);
  const rows: { el: HTMLElement; cells: Made[] }[] = [];

  const table = () => tableOf(model.get("table"));
  function chosen(): readonly [number, number] | null {
    const given = model.get("chosen");
    return Array.isArray(given) && given.length === 2 ? (given as [number, number]) : null;
  }
  function choose(to: readonly [number, number] | null): void {
    model.set("chosen", to ?? []);
    model.save_changes();
  }

  // Kept and changed, never rebuilt: the focus stays where it is while pictures move.
  function fit<T extends { el: HTMLElement }>(made: T[], count: number, parent: HTMLElement, make: () => T): void {
    while (made.length > count) made.pop()!.el.remove();
    while (made.length < count) {
      const one = make();
      made.push(one);
      parent.append(one.el);
    }
  }

  function fill(made: Made, place: [number, number], row: Row, cell: Cell | null, at: boolean, stop: boolean): void {
    const verdict = !cell || cell[1] === null ? "waiting" : cell[0];
    const words = cell ? cellWords(row, cell, place[1] + table().from) : `Sample ${row.name}, ${row.own} ${share(row.sure)}. ${row.note}`;
    setText(made.words, cell ? share(cell[1]) : row.name);
    setText(made.more, cell ? "" : `${row.own} ${share(row.sure)}`);
    setText(made.sign, cell ? signOf(verdict) : "");
    made.el.dataset.verdict = cell ? verdict : "";
    made.el.title = words;
    made.el.tabIndex = stop ? 0 : -1;
    setAttribute(made.el, "aria-label", words);
    setAttribute(made.el, "aria-selected", at);
    made.draw(kept.pictures.image(...place));
  }

  function update(): void {
    const now = table();
    const at = chosen();
    const focus = at ? [at[0] - now.first, at[1] < 0 ? -1 : at[1] - now.from] : [0, -1];
    const inside = now.rows[focus[0]!] && focus[1]! < now.rows[focus[0]!]!.cells.length && focus[1]! >= -1;
    fit(rows, now.rows.length, grid, () => ({ el: element("div.rwc-row", { role: "row" }), cells: [] }));
    now.rows.forEach((row, r) => {
      const one = rows[r]!;
      fit(one.cells, row.cells.length + 1, one.el, () => {
        const place: [number, number] = [rows.indexOf(one), one.cells.length - 1];
        const made = makeCell(place[1] < 0 ? "rowheader" : "gridcell");
        listen(made.el, "click", () => {
          const here = table();
          made.el.focus();
          choose([rows.indexOf(one) + here.first, place[1] < 0 ? -1 : place[1] + here.from]);
        });
        return made;
      });
      one.cells.forEach((made, i) => {
        const here = !!inside && r === focus[0] && i - 1 === focus[1];
        fill(made, [r, i - 1], row, row.cells[i - 1] ?? null, here && !!at, here || (!inside && !r && !i));
      });
    });
    setText(title, text(model, "title"));
    title.hidden = !text(model, "title");
    legend.replaceChildren(
      ...now.counts.map(([verdict, count]) =>
        element("span.rwc-key", { title: VERDICTS[verdict]?.[1] ?? "", "data-verdict": verdict }, element("span.rwc-sign", { "aria-hidden": true }, signOf(verdict)), ` ${verdict} ${count}`),
      ),
    );
    setAttribute(grid, "aria-label", text(model, "title") || "Counterfactuals");
    setAttribute(grid, "aria-rowcount", now.samples);
    grid.hidden = !now.rows.length;
    none.hidden = !grid.hidden;
    samples.update(now.first, now.rows.length, now.samples);
    columns.update(now.from, now.rows[0]?.cells.length ?? 0, now.each);
    const row = inside && at ? now.rows[focus[0]!] : undefined;
    const cell = row?.cells[focus[1]!];
    detail.update(
      now,
      row,
      cell,
      cell ? [kept.pictures.image(focus[0]!, -1), kept.pictures.image(focus[0]!, focus[1]!)] : [],
      cell ? kept.pictures.moved(focus[0]!, focus[1]!) : [],
      row && cell ? `Counterfactual ${at![1] + 1} of ${row.name}: ${cell[1] === null ? "not classified yet" : cell[0]}` : "",
      row && cell ? turnWords(row, cell) : "",
    );
  }

  const samples = makePager("Samples", "first");
  const columns = makePager("Counterfactuals", "first_counterfactual");
  pagers.append(samples.el, columns.el);

  function makePager(name: string, trait: string) {
    const words = element("span");
    let step = 0;
    const go = (by: number) => {
      model.set(trait, max(0, num(model, trait, 0) + by * step));
      model.save_changes();
    };
    const [back, on] = [["‹", "Earlier", -1], ["›", "Later", 1]].map(([sign, hint, by]) => {
      const button = element("button.rwc-page", { type: "button", "aria-label": `${hint} ${name.toLowerCase()}` }, String(sign));
      listen(button, "click", () => go(by as number));
      return button;
    }) as [HTMLButtonElement, HTMLButtonElement];
    const made = element("span.rwc-pager", {}, words, back, on);
    return {
      el: made,
      update(first: number, shown: number, all: number): void {
        step = shown;
        made.hidden = shown >= all;
        setText(words, `${name} ${first + 1}–${first + shown} of ${all}`);
        back.disabled = first <= 0;
        on.disabled = first + shown >= all;
      },
    };
  }

  listen(grid, "keydown", (e) => {
    if (e.altKey || e.metaKey) return;
    const now = table();
    let at: [number, number] = [0, -1];
    rows.forEach((one, r) => one.cells.forEach((made, i) => {
      if (made.el === document.activeElement) at = [r, i - 1];
    }));
    const press = e.key === " " || e.key === "Enter";
    const to = press ? at : cellAfter(e.key, e.ctrlKey, at, now.rows.length, now.rows[0]?.cells.length ?? 0);
    if (e.key === "Escape") choose(null);
    else if (!to) return;
    else {
      choose([to[0] + now.first, to[1] < 0 ? -1 : to[1] + now.from]);
      rows[to[0]]!.cells[min(to[1] + 1, rows[to[0]]!.cells.length - 1)]!.el.focus();
    }
    e.preventDefault();
    e.stopPropagation();
  });

  kept.views.add(update);
  for (const name of TRAITS) model.on(`change:${name}`, update);
  update();
  return () => {
    kept.views.delete(update);
    for (const name of TRAITS) model.off(`change:${name}`, update);
    box.remove();
  };
}

export default () => {
  const kept: Kept = { pictures: new Pictures(), views: new Set() };
  return {
    initialize({ model }: { model: Model }): () => void {
      const hear = (told: any, buffers: unknown[]) => {
        if (kept.pictures.take(told, buffers ?? [])) for (const update of kept.views) update();
      };
      model.on("msg:custom", hear);
      const ask = () => model.send({ type: "ready" });
      ask();
      const timers = ASK_AGAIN_MS.map((ms) => setTimeout(() => kept.pictures.known || ask(), ms));
      return () => {
        timers.forEach(clearTimeout);
        model.off("msg:custom", hear);
      };
    },
    render: (context: RenderContext) => render(context, kept),
  };
};
