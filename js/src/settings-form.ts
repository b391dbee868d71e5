// SettingsForm: one field for every setting of a method, presets, and a button that applies them.

import { element, listen, root, setAttribute, setText } from "./dom";
import { text, type RenderContext } from "./model";
import { makeRow, type Row } from "./settings-form-row";
import {
  presetShown, problem, same, shown, summary, withPreset, withWritten,
  type Draft, type Field, type Group, type Preset, type Values, type Written,
} from "./settings-form-values";
import theme from "./theme.css";
import css from "./settings-form.css";

/** What outlives a view: which groups are open. */
interface Kept {
  readonly open: Map<string, boolean>;
}
interface Section {
  readonly details: HTMLDetailsElement;
  readonly count: HTMLElement;
  readonly fields: readonly Field[];
}

const list = <T>(given: unknown) => (Array.isArray(given) ? (given as T[]) : []);
const record = <T>(given: unknown) => (given && typeof given === "object" ? (given as Record<string, T>) : {});

function render({ model, el }: RenderContext, kept: Kept): () => void {
  const id = `rw-${Math.random().toString(36).slice(2, 9)}`;
  const box = root("rw rw-form", theme + css);
  const presetList = element("select.rw-input", { id: `${id}-preset` });
  const presetHelp = element("span.rw-preset-help");
  const presetRow = element("div.rw-presets", {},
    element("label.rw-label", { for: presetList.id }, "Preset"), presetList, presetHelp);
  const body = element("div.rw-groups");
  const apply = element("button.rw-press.rw-apply", { type: "button" });
  const discard = element("button.rw-press", { type: "button" }, "Discard");
  const line = element("span.rw-summary", { role: "status" });
  const trouble = element("div.rw-problem.rw-trouble", { role: "alert" });
  box.append(presetRow, body, trouble, element("div.rw-foot", {}, apply, discard, line));
  el.append(box);

  let fields: readonly Field[] = [];
  let sections: Section[] = [];
  const rows = new Map<string, Row>();
  let queued = false;

  const values = () => record<Written | null>(model.get("values")) as Values;
  const draft = () => record<Written>(model.get("draft")) as Draft;
  const errors = () => record<string>(model.get("errors"));
  const problemOf = (field: Field) =>
    problem(field, shown(field.name, values(), draft())) || errors()[field.name] || "";

  function setDraft(next: Draft, finished: boolean): void {
    model.set("draft", next);
    if (finished) model.save_changes();
    update();
  }
  function write(field: Field, written: Written, finished: boolean): void {
    // The kernel's word was about what stood here before.
    const { [field.name]: old, "": general, ...rest } = errors();
    if (old !== undefined || general !== undefined) model.set("errors", rest);
    setDraft(withWritten(draft(), field, written, values()), finished);
  }
  const actions = {
    write,
    reset(field: Field) {
      if (field.default === null) return;
      write(field, field.default, true);
      rows.get(field.name)?.focus();
    },
  };

  function build(): void {
    const known = new Map(list<Field>(model.get("fields")).map((field) => [field.name, field]));
    fields = [...known.values()];
    rows.clear();
    sections = list<Group>(model.get("groups")).map((group) => {
      const own = group.names.map((name) => known.get(name)).filter((field) => field !== undefined);
      const grid = element("div.rw-fields");
      for (const field of own) {
        const row = makeRow(field, `${id}-${field.name}`, actions);
        rows.set(field.name, row);
        grid.append(row.el);
      }
      const count = element("span.rw-count");
      const heading = element("summary", { "data-lm-suppress-shortcuts": "true" },
        element("span.rw-group-title", {}, group.title), count);
      const details = element("details.rw-section", {}, heading, grid);
      details.open = kept.open.get(group.title) ?? !group.folded;
      listen(details, "toggle", () => kept.open.set(group.title, details.open));
      return { details, count, fields: own };
    });
    body.replaceChildren(...sections.map((section) => section.details));
    presetList.replaceChildren(
      element("option", { value: "" }, "own choice"),
      ...list<Preset>(model.get("presets")).map((p) => element("option", { value: p.name }, p.name)));
    presetRow.hidden = presetList.options.length < 2;
    update();
  }

  function update(): void {
    const [v, d, held] = [values(), draft(), record<string>(model.get("held"))];
    let [changed, waiting, wrong] = [0, 0, 0];
    for (const section of sections) {
      let [own, bad] = [0, 0];
      for (const field of section.fields) {
        const written = shown(field.name, v, d);
        const state = {
          written, held: held[field.name] ?? "", problem: problemOf(field),
          changed: written === null || !same(field, written, field.default),
          waiting: d[field.name] !== undefined,
        };
        own += Number(state.changed);
        waiting += Number(state.waiting);
        bad += Number(Boolean(state.problem));
        rows.get(field.name)?.update(state);
      }
      changed += own;
      wrong += bad;
      setText(section.count, [own && `${own} changed`, bad && `${bad} to be corrected`].filter(Boolean).join(" · "));
      section.count.dataset.wrong = String(bad > 0);
    }
    const preset = presetShown(list<Preset>(model.get("presets")), fields, v, d);
    presetList.value = preset?.name ?? "";
    setText(presetHelp, preset?.help ?? "None of the presets.");
    const general = errors()[""] ?? text(model, "error");
    setText(trouble, general);
    trouble.hidden = !general;
    const note = text(model, "note");
    setText(line, summary({ changed, waiting, wrong }) + (note && !waiting ? ` · ${note}` : ""));
    setText(apply, queued ? "queued…" : "Apply");
    apply.dataset.queued = String(queued);
    setAttribute(apply, "aria-disabled", queued || waiting === 0);
    setAttribute(discard, "aria-disabled", waiting === 0);
  }

  /** Show the first field that is to be corrected, and give it the focus. */
  function showProblem(): boolean {
    const field = sections.flatMap((section) => section.fields).find(problemOf);
    if (!field) return false;
    for (const section of sections) if (section.fields.includes(field)) section.details.open = true;
    rows.get(field.name)?.focus();
    return true;
  }
  function send(): void {
    if (queued || Object.keys(draft()).length === 0) return;
    const wrongHere = fields.some((field) => problem(field, shown(field.name, values(), draft())));
    if (wrongHere) {
      showProblem();
      return;
    }
    // At once and here: a busy kernel may answer only when its cell ends.
    queued = true;
    model.send({ type: "apply", draft: draft() });
    update();
  }

  listen(apply, "click", send);
  listen(discard, "click", () => {
    model.set("errors", {});
    setDraft({}, true);
  });
  listen(presetList, "change", () => {
    const chosen = list<Preset>(model.get("presets")).find((p) => p.name === presetList.value);
    if (chosen) {
      model.set("errors", {});
      setDraft(withPreset(draft(), fields, chosen, values()), true);
    } else update();
  });
  listen(body, "keydown", (event) => {
    const plain = event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (plain && event.target instanceof HTMLInputElement) {
      event.preventDefault();
      event.target.dispatchEvent(new Event("change", { bubbles: true }));
      send();
    }
  });

  const answered = (message: { type?: unknown; applied?: unknown }) => {
    if (message?.type !== "ack") return;
    const mine = queued;
    queued = false;
    update();
    if (mine && message.applied !== true) showProblem();
  };
  const shape = ["fields", "groups", "presets"].map((name) => `change:${name}`);
  const state = ["values", "draft", "errors", "held", "note", "error"].map((name) => `change:${name}`);
  for (const name of shape) model.on(name, build);
  for (const name of state) model.on(name, update);
  model.on("msg:custom", answered);
  build();
  return () => {
    for (const name of shape) model.off(name, build);
    for (const name of state) model.off(name, update);
    model.off("msg:custom", answered);
    box.remove();
  };
}

export default () => {
  const kept: Kept = { open: new Map() };
  return { render: (context: RenderContext) => render(context, kept) };
};
