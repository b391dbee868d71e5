// The chosen counterfactual: both pictures, what the classifier says of them, and what was moved.

import { barsOf, movedWords, signOf, type Cell, type Row, type Table } from "./counterfactual-table";
import { drawOn } from "./counterfactual-pictures";
import { element, setAttribute, setText } from "./dom";
import { value } from "./format";

const percentage = (v: number) => `${v * 100}%`;

export function makeDetail() {
  const canvases = [0, 1].map(() => element("canvas.rwc-picture", { "aria-hidden": true }));
  const sign = element("span.rwc-sign", { "aria-hidden": true });
  const heading = element("span.rwc-heading");
  const turn = element("div");
  const note = element("div.rwc-quiet");
  const groups = element("div.rwc-groups", { role: "group", "aria-label": "How far each coordinate was moved, in standard deviations" });
  const hint = element("div.rwc-hint", {}, "Choose a counterfactual to see what was moved.");
  const said = element("div.rwc-said", { role: "status" }, element("div", {}, sign, heading), turn, note);
  const about = element(
    "div.rwc-about",
    {},
    element("div.rwc-pair", {}, canvases[0]!, element("span.rwc-arrow", { "aria-hidden": true }, "→"), canvases[1]!),
    said,
  );
  const el = element("div.rwc-detail", {}, hint, about, groups);
  const bars: ReturnType<typeof makeBar>[] = [];
  let made = "";

  function makeBar(name: string) {
    const fill = element("span.rwc-fill");
    const number = element("span.rwc-number");
    const row = element("div.rwc-bar", {}, element("span.rwc-name", { title: name }, name), element("span.rwc-track", {}, fill), number);
    return { row, fill, number };
  }

  return {
    el,
    update(
      table: Table,
      row: Row | undefined,
      cell: Cell | undefined,
      images: readonly (ImageData | undefined)[],
      moved: ArrayLike<number>,
      words: string,
      turned: string,
    ): void {
      hint.hidden = !!cell || !table.rows.length;
      about.hidden = groups.hidden = !cell;
      if (!row || !cell) return;
      canvases.forEach((canvas, i) => drawOn(canvas, images[i]));
      const verdict = cell[1] === null ? "waiting" : cell[0];
      el.dataset.verdict = verdict;
      setText(sign, signOf(verdict));
      setText(heading, words);
      setText(turn, turned);
      const found = barsOf(moved, table);
      const left = found.hidden ? ` ${found.hidden} coordinates that were moved less are not shown.` : "";
      setText(note, `distance ${value(cell[2])} standard deviations in all.${left}`);
      const look = JSON.stringify(found.groups.map((one) => [one.name, one.bars.map((bar) => bar.name)]));
      if (look !== made) {
        made = look;
        bars.length = 0;
        groups.replaceChildren(
          ...found.groups.map((one) => {
            const own = one.bars.map((bar) => makeBar(bar.name));
            bars.push(...own);
            return element("div.rwc-group", {}, element("div.rwc-part", {}, one.name), ...own.map((bar) => bar.row));
          }),
        );
      }
      found.groups.flatMap((one) => one.bars).forEach((bar, i) => {
        const { fill, number } = bars[i]!;
        fill.style.left = percentage(bar.left);
        fill.style.width = percentage(bar.width);
        setAttribute(fill, "data-sign", bar.moved < 0 ? "−" : "+");
        setText(number, movedWords(bar.moved));
      });
    },
  };
}
