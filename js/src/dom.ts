// Elements in one call. Text always goes in as text, never as markup.

type Attributes = Record<string, string | number | boolean>;

// A notebook's shortcuts are matched against the focused element first, so each one that can have
// the focus has to say no; else a "b" typed on the picture would insert a notebook cell.
const FOCUSABLE = ["button", "canvas", "input", "select"];

type Tags = HTMLElementTagNameMap;
type TagOf<S> = S extends `${infer T extends keyof Tags}.${string}` ? T : S extends keyof Tags ? S : never;

/** `"button.rw-tool"` makes a button of the class rw-tool; further classes follow further dots. */
export function element<S extends keyof Tags | `${keyof Tags}.${string}`>(
  tag: S,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): Tags[TagOf<S>] {
  const [name, ...classes] = tag.split(".") as [TagOf<S>, ...string[]];
  const made = document.createElement(name);
  made.classList.add(...classes);
  for (const [key, v] of Object.entries(attributes)) {
    if (v !== false) setAttribute(made, key, v === true ? "" : v);
  }
  if (FOCUSABLE.includes(name)) setAttribute(made, "data-lm-suppress-shortcuts", true);
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
