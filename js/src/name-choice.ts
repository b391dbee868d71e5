// NameChoice: a list to choose a name from. It holds the name itself, so that it can be linked to
// another widget here in the browser; the usual one knows only the name's number.

import { element, root, setText } from "./dom";
import { text, type RenderContext } from "./model";
import theme from "./theme.css";
import css from "./name-choice.css";

const TRAITS = ["names", "value", "label", "hint"];

function render({ model, el }: RenderContext): () => void {
  const label = element("span.rw-choice-label");
  const select = element("select.rw-choice-names");
  const box = root("rw rw-choice", theme + css);
  box.append(element("label", {}, label, select));
  el.append(box);
  select.addEventListener("change", () => {
    model.set("value", select.value);
    model.save_changes();
  });

  let shown = "";
  function update(): void {
    const given = model.get("names");
    const names = Array.isArray(given) ? given.map(String) : [];
    if (names.join("\n") !== shown) {
      shown = names.join("\n");
      select.replaceChildren(...names.map((name) => element("option", { value: name }, name)));
    }
    select.value = text(model, "value");
    select.title = text(model, "hint");
    setText(label, text(model, "label"));
    // The label's own text holds the options as well, which no reader should have to hear.
    select.setAttribute("aria-label", text(model, "label"));
  }

  for (const name of TRAITS) model.on(`change:${name}`, update);
  update();
  return () => {
    for (const name of TRAITS) model.off(`change:${name}`, update);
    box.remove();
  };
}

export default { render };
