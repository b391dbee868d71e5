// SaveMenu: a name, and a button with a menu of what can be saved under it.

import { max, min } from "./arithmetic";
import { element, listen, root, setAttribute, setText } from "./dom";
import { text, type RenderContext } from "./model";
import { fileName, LONGEST_NAME, menuStep, nameProblem } from "./save-menu-names";
import theme from "./theme.css";
import css from "./save-menu.css";

interface Kind {
  readonly kind: string;
  readonly label: string;
  readonly hint: string;
  readonly ending: string;
  readonly offered: boolean;
}
const TRAITS = ["kinds", "name", "suggestion", "code", "message", "state"];

function kindsOf(given: unknown): Kind[] {
  const made = (Array.isArray(given) ? given : []).filter((one) => one && typeof one.kind === "string");
  return made.map((one) => ({
    kind: one.kind, label: String(one.label ?? one.kind), hint: String(one.hint ?? ""),
    ending: String(one.ending ?? ""), offered: one.offered !== false,
  }));
}

async function copied(words: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return false; // No permission, or a page without encryption.
  }
}

function render({ model, el }: RenderContext): () => void {
  const id = `rw-${Math.random().toString(36).slice(2, 9)}`;
  const box = root("rw rw-save", theme + css);
  const field = element("input.rw-save-name", {
    type: "text", id: `${id}-name`, maxlength: LONGEST_NAME, spellcheck: "false",
    autocomplete: "off", "aria-describedby": `${id}-problem`,
  });
  const caption = element("span.rw-save-caption", {}, "Save");
  const button = element("button.rw-save-button", {
    type: "button", id: `${id}-button`, "aria-haspopup": "menu", "aria-expanded": "false",
    "aria-controls": `${id}-menu`, title: "Save the explanation in the working folder",
  }, caption);
  const menu = element("div.rw-menu", { id: `${id}-menu`, role: "menu", "aria-labelledby": button.id });
  const floats = typeof menu.showPopover === "function";
  // On the page's top layer: an output cuts off what hangs out of it.
  if (floats) setAttribute(menu, "popover", "manual");
  menu.hidden = true;
  const problem = element("div.rw-save-problem", { id: `${id}-problem` });
  const message = element("div.rw-save-message", { role: "status" });
  const code = element("textarea.rw-save-code", {
    readonly: true, rows: 2, spellcheck: "false", "aria-label": "Code to be copied",
    "data-lm-suppress-shortcuts": "true",
  });
  code.hidden = true;
  box.append(
    element("div.rw-save-row", {},
      element("label", { for: field.id }, "Name"), field, button),
    menu, problem, message, code);
  el.append(box);

  let kinds: Kind[] = [];
  let items: HTMLButtonElement[] = [];
  let open = false;
  let queued = "";
  let wantsCode = false;
  let own = "";

  function place(): void {
    if (!floats) return;
    const at = button.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    const below = at.bottom + 4 + size.height <= innerHeight || at.top < size.height + 8;
    menu.style.left = `${max(4, min(at.left, innerWidth - size.width - 4))}px`;
    menu.style.top = `${below ? at.bottom + 4 : at.top - size.height - 4}px`;
  }
  function toggle(to: boolean, focus?: "first" | "last" | "button"): void {
    if (to !== open) {
      open = to;
      menu.hidden = !open;
      if (floats) open ? menu.showPopover() : menu.hidePopover();
      setAttribute(button, "aria-expanded", open);
      const listen = open ? document.addEventListener : document.removeEventListener;
      listen.call(document, "pointerdown", outside, true);
      listen.call(document, "scroll", place, true);
      window[open ? "addEventListener" : "removeEventListener"]("resize", place);
      if (open) place();
    }
    if (focus === "button") button.focus();
    else if (focus) items[focus === "first" ? 0 : items.length - 1]?.focus();
  }
  function outside(event: Event): void {
    const path = event.composedPath();
    if (!path.includes(menu) && !path.includes(button)) toggle(false);
  }

  async function copyCode(words: string): Promise<void> {
    wantsCode = false;
    const done = await copied(words);
    own = done ? "Copied." : "The browser does not let this page copy: the code stands below, selected.";
    code.value = words;
    code.hidden = done;
    update();
    if (!done) {
      code.focus();
      code.select();
    }
  }
  function choose(kind: Kind): void {
    if (!kind.offered) return;
    toggle(false, "button");
    own = "";
    code.hidden = true;
    if (kind.kind === "code" && text(model, "code")) {
      void copyCode(text(model, "code"));
      return;
    }
    wantsCode = kind.kind === "code";
    // At once and here: a busy kernel may answer only when its cell ends.
    queued = kind.label;
    model.send({ type: "save", kind: kind.kind, name: field.value.trim() });
    update();
  }

  function build(): void {
    kinds = kindsOf(model.get("kinds"));
    items = kinds.map((kind) => {
      const item = element("button.rw-item", {
        type: "button", role: "menuitem", tabindex: -1, "data-kind": kind.kind, title: kind.hint,
      }, element("span.rw-item-label", {}, kind.label), element("span.rw-item-file"));
      setAttribute(item, "aria-disabled", !kind.offered);
      listen(item, "click", () => choose(kind));
      return item;
    });
    menu.replaceChildren(...items);
    update();
  }
  function update(): void {
    if (document.activeElement !== field) field.value = text(model, "name");
    field.placeholder = text(model, "suggestion");
    const wrong = nameProblem(field.value);
    setText(problem, wrong);
    problem.hidden = !wrong;
    setAttribute(field, "aria-invalid", Boolean(wrong));
    kinds.forEach((kind, at) => {
      const file = kind.ending ? fileName(field.value, text(model, "suggestion"), kind.ending) : kind.hint;
      setText(items[at]!.lastElementChild!, kind.offered ? file : kind.hint);
    });
    setAttribute(button, "aria-disabled", Boolean(wrong));
    const words = queued ? `${queued}: queued…` : own || text(model, "message");
    setText(message, words);
    message.hidden = !words;
    message.dataset.state = queued || own ? "busy" : text(model, "state");
  }

  listen(field, "input", () => {
    model.set("name", field.value);
    update();
  });
  listen(field, "change", () => {
    model.set("name", field.value);
    model.save_changes();
  });
  button.append(element("span.rw-save-arrow", { "aria-hidden": "true" }));
  listen(button, "click", () => {
    if (nameProblem(field.value)) field.focus();
    else toggle(!open, open ? undefined : "first");
  });
  listen(button, "keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    if (!nameProblem(field.value)) toggle(true, event.key === "ArrowDown" ? "first" : "last");
  });
  listen(menu, "keydown", (event) => {
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === "Escape") toggle(false, "button");
    else if (event.key === "Tab") {
      toggle(false, "button");
      return; // The browser moves on from the button.
    } else {
      const to = event.ctrlKey || event.metaKey || event.altKey ? at : menuStep(kinds.map((k) => k.label), at, event.key);
      if (to === at) return;
      items[to]?.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  });

  const answered = (answer: { type?: unknown }) => {
    if (answer?.type !== "ack") return;
    queued = "";
    update();
  };
  const codeCame = () => {
    if (wantsCode && text(model, "code")) void copyCode(text(model, "code"));
  };
  const spoken = () => { own = ""; };
  model.on("change:message", spoken);
  model.on("change:kinds", build);
  model.on("change:code", codeCame);
  for (const name of TRAITS) model.on(`change:${name}`, update);
  model.on("msg:custom", answered);
  build();
  return () => {
    toggle(false);
    model.off("change:message", spoken);
    model.off("change:kinds", build);
    model.off("change:code", codeCame);
    for (const name of TRAITS) model.off(`change:${name}`, update);
    model.off("msg:custom", answered);
    box.remove();
  };
}

export default { render };
