// One setting: its label, its control by kind, its marks, its message and its help.

import { element, listen, setAttribute, setText } from "./dom";
import { icon } from "./icons";
import type { Field, Written } from "./settings-form-values";

const BACK = "M5.5 2.5 2.5 5.5l3 3M2.5 5.5h7a4 4 0 0 1 0 8H6";

export interface RowState {
  readonly written: Written | null;
  /** What stands there, where it cannot be typed in. */
  readonly held: string;
  readonly changed: boolean;
  readonly waiting: boolean;
  readonly problem: string;
}

export interface Row {
  readonly el: HTMLElement;
  /** Where the focus goes when something is to be corrected. */
  focus(): void;
  update(state: RowState): void;
}

export interface RowActions {
  /** While typing; `finished` once the control is left or the choice is made. */
  write(field: Field, written: Written, finished: boolean): void;
  reset(field: Field): void;
}

interface Control {
  readonly el: HTMLElement;
  readonly main: HTMLInputElement | HTMLSelectElement;
  set(written: Written): void;
}

type Report = (written: Written, finished: boolean) => void;

function watch(input: HTMLElement, read: () => Written, report: Report): void {
  listen(input, "input", () => report(read(), false));
  listen(input, "change", () => report(read(), true));
}

function switchControl(id: string, report: Report): Control {
  const main = element("input.rw-switch", { type: "checkbox", id });
  watch(main, () => main.checked, report);
  return { el: main, main, set: (written) => { main.checked = written === true; } };
}

function choiceControl(field: Field, id: string, report: Report): Control {
  const main = element("select.rw-input", { id });
  if (field.optional) main.append(element("option", { value: "" }, "not given"));
  main.append(...field.choices.map((name) => element("option", { value: name }, name)));
  watch(main, () => main.value, report);
  return { el: main, main, set: (written) => { main.value = String(written); } };
}

function textControl(field: Field, id: string, report: Report): Control {
  const main = element("input.rw-input", {
    type: "text", id, spellcheck: "false", autocomplete: "off",
    placeholder: field.optional ? "not given" : field.expects,
  });
  const el = element("span.rw-text-control", {}, main);
  if (field.suggestions.length) {
    const list = element("datalist", { id: `${id}-list` });
    list.append(...field.suggestions.map((name) => element("option", { value: name })));
    setAttribute(main, "list", list.id);
    el.append(list);
  }
  watch(main, () => main.value, report);
  const set = (written: Written) => {
    // A blank at the end means nothing to the kernel, but something to whoever goes on typing.
    const typing = document.activeElement === main && main.value.trim() === String(written).trim();
    if (!typing) main.value = String(written);
  };
  return { el, main, set };
}

function numberInput(field: Field, id: string): HTMLInputElement {
  const limits = field.accepts[0];
  const main = element("input.rw-input.rw-number", {
    type: "number", id, step: limits?.kind === "whole" ? "1" : "any",
    placeholder: field.optional ? "not given" : "",
  });
  if (typeof limits?.minimum === "number") main.min = String(limits.minimum);
  if (typeof limits?.maximum === "number") main.max = String(limits.maximum);
  return main;
}

/** What is not a number comes out of the input as nothing: say something that is surely wrong. */
const typed = (input: HTMLInputElement) => (input.validity.badInput ? "no number" : input.value);

function setNumber(input: HTMLInputElement, written: Written): void {
  // Someone who is typing "1e" or "2.0" must not have it taken away.
  const typing = document.activeElement === input && input.value !== "" && Number(input.value) === Number(written);
  if (typing || (input.validity.badInput && document.activeElement === input)) return;
  if (input.value !== String(written)) input.value = String(written);
}

function numberControl(field: Field, id: string, report: Report): Control {
  const main = numberInput(field, id);
  watch(main, () => typed(main), report);
  return { el: main, main, set: (written) => setNumber(main, written) };
}

function shareControl(field: Field, id: string, report: Report): Control {
  const main = numberInput(field, id);
  main.step = "0.01";
  const slider = element("input.rw-slider", {
    type: "range", min: 0, max: 1, step: 0.01, "aria-label": `${field.label}, slider`,
  });
  watch(main, () => typed(main), report);
  watch(slider, () => slider.value, report);
  const set = (written: Written) => {
    setNumber(main, written);
    if (document.activeElement !== slider) slider.value = String(written);
  };
  return { el: element("span.rw-share", {}, slider, main), main, set };
}

function makeControl(field: Field, id: string, report: Report): Control {
  switch (field.control) {
    case "switch": return switchControl(id, report);
    case "choice": return choiceControl(field, id, report);
    case "number": return numberControl(field, id, report);
    case "share": return shareControl(field, id, report);
    default: return textControl(field, id, report);
  }
}

function defaultWords(field: Field): string {
  if (field.default === null) return "";
  return `Default: ${field.default === "" ? "not given" : String(field.default)}.`;
}

export function makeRow(field: Field, id: string, act: RowActions): Row {
  const control = makeControl(field, id, (written, finished) => act.write(field, written, finished));
  const label = element("label.rw-label", { for: id, title: field.help }, field.label);
  const mark = element("span.rw-unseen");
  const held = element("span.rw-held");
  const unit = element("span.rw-unit", {}, field.unit);
  unit.hidden = !field.unit;
  const reset = element("button.rw-mini.rw-reset", {
    type: "button", "aria-label": `Reset ${field.label}`,
    title: `Back to the default. ${defaultWords(field)}`.trim(),
  });
  reset.append(icon(BACK));
  listen(reset, "click", () => act.reset(field));
  const help = element("div.rw-help", { id: `${id}-help` },
    `${field.help.charAt(0).toUpperCase()}${field.help.slice(1)}. Expected: ${field.expects}. ${defaultWords(field)} `,
    element("code", {}, field.key));
  help.hidden = true;
  const ask = element("button.rw-mini.rw-ask", {
    type: "button", "aria-label": `Help on ${field.label}`, title: field.help,
    "aria-expanded": "false", "aria-controls": help.id,
  }, "?");
  listen(ask, "click", () => {
    help.hidden = !help.hidden;
    setAttribute(ask, "aria-expanded", !help.hidden);
  });
  const error = element("div.rw-problem", { id: `${id}-error` });
  const main = element("div.rw-value", {}, control.el, held, unit);
  const el = element("div.rw-field", { "data-name": field.name, "data-control": field.control },
    element("div.rw-name", {}, label, mark), main,
    element("div.rw-minis", {}, reset, ask), error, help);
  control.main.title = field.help;

  return {
    el,
    focus: () => control.main.focus(),
    update(state) {
      const typedIn = state.written !== null;
      control.el.hidden = !typedIn;
      held.hidden = typedIn;
      setText(held, state.held);
      if (typedIn) control.set(state.written);
      el.dataset.changed = String(state.changed);
      el.dataset.waiting = String(state.waiting);
      setText(mark, state.waiting ? ", not applied yet" : state.changed ? ", differs from the default" : "");
      // Hidden from everyone, but its place stays, so that nothing moves.
      reset.style.visibility = state.changed && field.default !== null ? "visible" : "hidden";
      setText(error, state.problem);
      error.hidden = !state.problem;
      setAttribute(control.main, "aria-invalid", Boolean(state.problem));
      setAttribute(control.main, "aria-describedby", state.problem ? `${error.id} ${help.id}` : help.id);
    },
  };
}
