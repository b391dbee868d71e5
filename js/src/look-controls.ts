// The rows below a picture that say how its layers look. Moving a slider repaints at once and sends
// nothing; the kernel hears of the value when the slider is let go.

import { COLORMAPS } from "./colormaps";
import { element, listen } from "./dom";
import { flag, num, text, type Model } from "./model";

export interface LookControls {
  readonly el: HTMLElement;
  update(): void;
}

/** `set` changes a trait; `last` is false while a slider is still being moved. */
export type SetLook = (name: string, value: unknown, last: boolean) => void;

export function makeLookControls(model: Model, set: SetLook): LookControls {
  const threshold = slider("Threshold", "Hide the map where it is below this share of its maximum");
  const opacity = slider("Opacity", "How strongly the map covers the picture");
  const colours = element("select.rw-look-colours", { "aria-label": "Colours of the map" });
  colours.append(...COLORMAPS.map((name) => element("option", { value: name }, name)));
  const map = tick("Map", "Show the map");
  const mask = tick("Explanation", "Show the explanation");

  const sliders = [["threshold", threshold], ["opacity", opacity]] as const;
  for (const [name, one] of sliders) {
    listen(one.input, "input", () => set(name, Number(one.input.value), false));
    listen(one.input, "change", () => set(name, Number(one.input.value), true));
  }
  listen(colours, "change", () => set("colormap", colours.value, true));
  const ticks = [["show_map", map], ["show_mask", mask]] as const;
  for (const [name, one] of ticks) {
    listen(one.input, "change", () => set(name, one.input.checked, true));
  }
  const el = element(
    "div.rw-look",
    { role: "group", "aria-label": "How the layers look" },
    threshold.el,
    opacity.el,
    element("div.rw-look-row", {}, element("label", {}, "Colours ", colours), map.el, mask.el),
  );
  return {
    el,
    update() {
      for (const [name, one] of sliders) {
        const value = num(model, name, 0);
        // A slider rounds what it is given, and would move under the hand that holds it.
        if (Number(one.input.value) !== value) one.input.value = String(value);
        one.out.textContent = value.toFixed(2);
      }
      colours.value = text(model, "colormap");
      for (const [name, one] of ticks) one.input.checked = flag(model, name);
    },
  };
}

function slider(label: string, hint: string) {
  const input = element("input", {
    type: "range", min: 0, max: 1, step: 0.01, "aria-label": label, title: hint,
  });
  const out = element("output", {});
  const el = element("label.rw-look-slider", {}, element("span", {}, label), input, out);
  return { el, input, out };
}

function tick(label: string, hint: string) {
  const input = element("input", { type: "checkbox", title: hint });
  return { input, el: element("label.rw-look-tick", {}, input, ` ${label}`) };
}
