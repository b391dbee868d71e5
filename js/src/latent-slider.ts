// One coordinate of a latent as a slider with its number.

import { element, listen, setAttribute, setText } from "./dom";
import { numberWords, type Space } from "./latent-space";

export function makeSlider(index: number, move: (index: number, v: number, last: boolean) => void) {
  const input = element("input", { type: "range", step: 0.01 });
  const name = element("span.rwe-name");
  const out = element("output");
  let held = false;
  listen(input, "input", () => {
    held = true;
    move(index, Number(input.value), false);
  });
  listen(input, "change", () => {
    held = false;
    move(index, Number(input.value), true);
  });
  return {
    el: element("label.rwe-slider", {}, name, input, out),
    update(space: Space, v: number): void {
      setText(name, space.coordinates[index]!);
      name.title = space.coordinates[index]!;
      setAttribute(input, "aria-label", space.coordinates[index]!);
      input.min = String(space.minimum[index]);
      input.max = String(space.maximum[index]);
      // A slider rounds what it is given, and would move under the hand that holds it.
      if (!held) input.value = String(v);
      setText(out, numberWords(v));
    },
  };
}
