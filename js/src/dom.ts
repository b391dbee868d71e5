// Elements in one call. Text always goes in as text, never as markup.

type Attributes = Record<string, string | number | boolean>;

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
  made.append(...children);
  return made;
}

/** A widget's root, with its style sheet inside, deaf to the notebook's own shortcuts. */
export function root(className: string, css: string): HTMLDivElement {
  return element(
    "div",
    // Without these a "b" typed here would insert a notebook cell.
    { class: className, "data-lm-suppress-shortcuts": "true" },
    element("style", {}, css),
  );
}

/** Change text only when it differs: keeps screen readers and layout quiet. */
export function setText(el: Element, value: string): void {
  if (el.textContent !== value) el.textContent = value;
}
