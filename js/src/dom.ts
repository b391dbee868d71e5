// Elements in one call. Text always goes in as text, never as markup.

type Attributes = Record<string, string | number | boolean>;

// A notebook's shortcuts are matched against the focused element first, so each one that can have
// the focus has to say no; else a "b" typed on the picture would insert a notebook cell.
const FOCUSABLE = ["button", "canvas", "input", "select"];

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, v] of Object.entries(attributes)) {
    if (v === false) continue;
    made.setAttribute(name, v === true ? "" : String(v));
  }
  if (FOCUSABLE.includes(tag)) made.setAttribute("data-lm-suppress-shortcuts", "true");
  made.append(...children);
  return made;
}

/** A widget's root, with its style sheet inside. */
export function root(className: string, css: string): HTMLDivElement {
  return element("div", { class: className }, element("style", {}, css));
}

/** Change text only when it differs: keeps screen readers and layout quiet. */
export function setText(el: Element, value: string): void {
  if (el.textContent !== value) el.textContent = value;
}

/** An attribute in words, so that `false` is "false" rather than no attribute (as aria-* want it). */
export function setAttribute(el: Element, name: string, value: string | number | boolean): void {
  el.setAttribute(name, String(value));
}

export function listen<K extends keyof HTMLElementEventMap>(
  el: HTMLElement,
  type: K,
  heard: (event: HTMLElementEventMap[K]) => unknown,
  options?: AddEventListenerOptions,
): void {
  el.addEventListener(type, heard, options);
}
