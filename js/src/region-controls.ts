// Small controls that the toolbar and its panels are made of.

import { element, listen, setAttribute } from "./dom";
import { icon, type Line } from "./icons";

export function toolButton(
  line: Line,
  label: string,
  key: string,
  press: () => void,
): HTMLButtonElement {
  const made = element("button.rw-tool", {
    type: "button",
    "aria-label": label,
    title: key ? `${label} (${key})` : label,
  });
  if (key) setAttribute(made, "aria-keyshortcuts", key);
  made.append(icon(line));
  listen(made, "click", press);
  return made;
}

export function textButton(label: string, press: () => void): HTMLButtonElement {
  const made = element("button.rw-button", { type: "button" }, label);
  listen(made, "click", press);
  return made;
}

export function group(label: string, ...children: Node[]): HTMLDivElement {
  return element("div.rw-group", { role: "group", "aria-label": label }, ...children);
}

export interface Slider {
  readonly el: HTMLElement;
  readonly input: HTMLInputElement;
  show(value: number): void;
}

/** A slider with its name before it and its value behind it. */
export function slider(
  label: string,
  range: { min: number; max: number; step?: number },
  written: (value: number) => string,
  changed: (value: number) => void,
): Slider {
  const input = element("input", {
    type: "range",
    min: range.min,
    max: range.max,
    step: range.step ?? 1,
    "aria-label": label,
  });
  const output = element("output.rw-amount");
  const tell = (value: number) => {
    output.textContent = written(value);
    setAttribute(input, "aria-valuetext", written(value));
  };
  listen(input, "input", () => {
    tell(Number(input.value));
    changed(Number(input.value));
  });
  const el = element("label.rw-slide", {}, element("span", {}, label), input, output);
  return {
    el,
    input,
    show(value) {
      if (document.activeElement !== input || Number(input.value) !== value) {
        input.value = String(value);
      }
      tell(value);
    },
  };
}

/**
 * One stop for the Tab key in a toolbar; the arrow keys go from button to button. Buttons that
 * are off or hidden are passed over.
 */
export function rove(bar: HTMLElement): () => void {
  const buttons = () => [...bar.querySelectorAll<HTMLButtonElement>("button")];
  const usable = () => buttons().filter((b) => !b.disabled && b.offsetParent !== null);
  const settle = () => {
    const can = usable();
    const stop = can.find((b) => b.tabIndex === 0) ?? can[0];
    for (const b of buttons()) b.tabIndex = b === stop ? 0 : -1;
  };
  listen(bar, "focusin", (e) => {
    for (const b of buttons()) b.tabIndex = b === e.target ? 0 : -1;
  });
  listen(bar, "keydown", (e) => {
    const can = usable();
    const at = can.indexOf(e.target as HTMLButtonElement);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (at < 0 || !can.length) return;
    const next =
      e.key === "Home" ? 0 : e.key === "End" ? can.length - 1 : by ? (at + by + can.length) % can.length : -1;
    if (next < 0) return;
    e.preventDefault();
    e.stopPropagation();
    can[next]!.focus();
  });
  return settle;
}
