// RangeSlider: a labelled number to be dragged. The usual one of notebooks has a handle without a
// name for screen readers; this one is the browser's own.

import { element, root, setText } from "./dom";
import { num, text, type RenderContext } from "./model";
import theme from "./theme.css";
import css from "./range-slider.css";

const TRAITS = ["value", "min", "max", "step", "per", "label", "hint"];

function render({ model, el }: RenderContext): () => void {
  const label = element("span.rw-range-label");
  const input = element("input.rw-range", { type: "range" });
  const out = element("output.rw-range-value");
  const box = root("rw rw-range-slider", theme + css);
  box.append(element("label", {}, label, input, out));
  el.append(box);
  let held = false;

  // A slider counts whole steps; what is read is a number of them to a unit.
  const tell = () => {
    const words = String(Number(input.value) / num(model, "per", 1));
    setText(out, words);
    input.setAttribute("aria-valuetext", words);
  };

  input.addEventListener("input", () => {
    held = true;
    tell();
  });
  input.addEventListener("change", () => {
    held = false;
    model.set("value", Number(input.value));
    model.save_changes();
  });

  function update(): void {
    input.min = String(num(model, "min", 0));
    input.max = String(num(model, "max", 100));
    input.step = String(num(model, "step", 1));
    // What the kernel says while a hand holds the slider must not pull it away.
    if (!held) {
      input.value = String(num(model, "value", 0));
      tell();
    }
    input.title = text(model, "hint");
    input.setAttribute("aria-label", text(model, "label"));
    setText(label, text(model, "label"));
  }

  for (const name of TRAITS) model.on(`change:${name}`, update);
  update();
  return () => {
    for (const name of TRAITS) model.off(`change:${name}`, update);
    box.remove();
  };
}

export default { render };
