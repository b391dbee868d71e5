// ClassBars: what the model says, as bars that can be pressed to choose a class.

import { classRows } from "./class-rows";
import { element, root, setText } from "./dom";
import { percent } from "./format";
import { text, type RenderContext } from "./model";
import theme from "./theme.css";
import css from "./class-bars.css";

const TRAITS = ["classes", "chosen", "title"];

interface Bar {
  readonly button: HTMLButtonElement;
  readonly fill: HTMLElement;
  readonly label: HTMLElement;
  readonly percent: HTMLElement;
  index: number;
}

function render({ model, el }: RenderContext): () => void {
  const box = root("rw rw-classes", theme + css);
  const title = element("div.rw-title");
  const list = element("div.rw-bars", { role: "group", "aria-label": "Classes" });
  box.append(title, list);
  el.append(box);
  const bars: Bar[] = [];

  function makeBar(): Bar {
    const fill = element("span.rw-class-fill");
    const label = element("span.rw-class-label");
    const value = element("span.rw-class-value");
    const button = element("button.rw-class", { type: "button" }, fill, label, value);
    const bar: Bar = { button, fill, label, percent: value, index: -1 };
    button.addEventListener("click", () => model.send({ type: "choose", index: bar.index }));
    return bar;
  }

  // Bars are kept and changed, never rebuilt: the focus stays where it is while numbers move.
  function update(): void {
    const rows = classRows(model.get("classes"));
    const chosen = model.get("chosen");
    while (bars.length > rows.length) bars.pop()!.button.remove();
    while (bars.length < rows.length) {
      const bar = makeBar();
      bars.push(bar);
      list.append(bar.button);
    }
    rows.forEach((row, i) => {
      const bar = bars[i]!;
      bar.index = row.index;
      bar.fill.style.width = `${row.confidence * 100}%`;
      setText(bar.label, row.label);
      setText(bar.percent, percent(row.confidence));
      bar.button.title = `${row.label} (class ${row.index})`;
      bar.button.setAttribute("aria-label", `${row.label}, ${percent(row.confidence)}`);
      bar.button.setAttribute("aria-pressed", String(row.index === chosen));
      bar.button.dataset.index = String(row.index);
    });
    setText(title, text(model, "title"));
    title.hidden = !text(model, "title");
    list.setAttribute("aria-label", text(model, "title") || "Classes");
  }

  for (const name of TRAITS) model.on(`change:${name}`, update);
  update();
  return () => {
    for (const name of TRAITS) model.off(`change:${name}`, update);
    box.remove();
  };
}

export default { render };
