// HistoryList: the results of a session, to come back to, to compare, and to let go.

import { max, min } from "./arithmetic";
import { element, listen, root, setAttribute, setText } from "./dom";
import { bytesOf } from "./figure-view";
import { costLine, entriesOf, foundLine, ticked, verdict, type Entry } from "./history-list-entries";
import { icon } from "./icons";
import { flag, text, type RenderContext } from "./model";
import theme from "./theme.css";
import css from "./history-list.css";

const TRAITS = ["entries", "chosen", "title", "notice", "error", "can_undo"];

const BIN = "M2.5 4.5h11M6.5 4.5v-2h3v2M4 4.5l.7 9h6.6l.7-9M6.8 7v4M9.2 7v4";

/** What outlives a view: the pictures that have come, and what is ticked. */
interface Kept {
  readonly pictures: Map<string, Blob>;
  ticks: string[];
}

interface Item {
  readonly el: HTMLLIElement;
  readonly tick: HTMLInputElement;
  readonly press: HTMLButtonElement;
  readonly image: HTMLImageElement;
  update(entry: Entry): void;
}

function render({ model, el }: RenderContext, kept: Kept): () => void {
  const box = root("rw rw-history", theme + css);
  const title = element("span.rw-history-title");
  const compare = element("button.rw-small", { type: "button" }, "Compare");
  const clear = element("button.rw-small", { type: "button" }, "Clear");
  const notice = element("span", { role: "status" });
  const undo = element("button.rw-small", { type: "button" }, "Undo");
  const said = element("div.rw-notice", {}, notice, undo);
  const error = element("div.rw-history-error", { role: "alert" });
  const empty = element("div.rw-empty", {}, "Nothing yet. Every finished explanation is listed here.");
  const list = element("ul.rw-entries");
  box.append(element("div.rw-history-head", {}, title, compare, clear), said, error, empty, list);
  el.append(box);
  const items = new Map<string, Item>();
  const addresses = new Map<string, string>();
  // The button that was pressed goes away once the kernel has answered: the focus moves on then.
  let after: (() => boolean) | null = null;

  function forget(id: string): void {
    const address = addresses.get(id);
    if (address) URL.revokeObjectURL(address);
    addresses.delete(id);
  }
  function picture(id: string): void {
    const blob = kept.pictures.get(id);
    const image = items.get(id)?.image;
    if (!blob || !image || addresses.has(id)) return;
    const address = URL.createObjectURL(blob);
    addresses.set(id, address);
    image.src = address;
    image.hidden = false;
  }

  function makeItem(id: string): Item {
    const tick = element("input.rw-tick", { type: "checkbox" });
    // The text says everything that the picture could be named after.
    const image = element("img.rw-thumb", { alt: "" });
    image.hidden = true;
    const name = element("span.rw-entry-name");
    const badge = element("span.rw-verdict");
    const found = element("span.rw-entry-line");
    const cost = element("span.rw-entry-line.rw-entry-cost");
    const press = element("button.rw-entry", { type: "button" },
      element("span.rw-frame", {}, image),
      element("span.rw-words", {}, element("span.rw-entry-top", {}, name, badge), found, cost));
    const remove = element("button.rw-gone", { type: "button" });
    remove.append(icon(BIN));
    const made = element("li", { "data-id": id }, tick, press, remove);
    listen(tick, "change", () => {
      kept.ticks = ticked(kept.ticks, id, tick.checked);
      update();
    });
    listen(press, "click", () => model.send({ type: "restore", id }));
    listen(remove, "click", () => letGo(id));
    return {
      el: made, tick, press, image,
      update(entry) {
        const full = `${entry.name}, number ${entry.number}`;
        setText(name, entry.name);
        setText(badge, verdict(entry));
        badge.dataset.verified = String(entry.verified);
        setText(found, foundLine(entry));
        setText(cost, costLine(entry));
        setAttribute(tick, "aria-label", `Tick ${full} to compare it`);
        tick.title = "Tick two to compare them";
        const which = entry.index < 0 ? "" : ` (class ${entry.index})`;
        press.title = `Show again: ${entry.label}${which} of ${entry.source || "the input"}`;
        setAttribute(remove, "aria-label", `Remove ${full}`);
        remove.title = "Remove from this list";
      },
    };
  }

  /** Remove an entry, and move the focus to its neighbour: else it would be lost. */
  function letGo(id: string): void {
    const order = [...items.keys()];
    const at = order.indexOf(id);
    const next = order[at + 1] ?? order[at - 1];
    model.send({ type: "remove", id });
    (next ? items.get(next)?.press : clear)?.focus();
  }

  function update(): void {
    const entries = entriesOf(model.get("entries"));
    const known = new Set(entries.map((entry) => entry.id));
    for (const id of [...items.keys()]) {
      if (known.has(id)) continue;
      items.get(id)!.el.remove();
      items.delete(id);
      forget(id);
    }
    for (const id of kept.pictures.keys()) if (!known.has(id)) kept.pictures.delete(id);
    kept.ticks = kept.ticks.filter((id) => known.has(id));
    entries.forEach((entry, at) => {
      let item = items.get(entry.id);
      if (!item) {
        item = makeItem(entry.id);
        items.set(entry.id, item);
        picture(entry.id);
      }
      // Moving an element that is in its place would take the focus from it.
      if (list.children[at] !== item.el) list.insertBefore(item.el, list.children[at] ?? null);
      item.update(entry);
      const current = entry.id === text(model, "chosen");
      item.el.dataset.chosen = String(current);
      setAttribute(item.press, "aria-current", current);
      item.tick.checked = kept.ticks.includes(entry.id);
    });
    // The map follows the list, so that neighbours in it are neighbours on the screen.
    const inOrder = entries.map((entry) => [entry.id, items.get(entry.id)!] as const);
    items.clear();
    for (const [id, item] of inOrder) items.set(id, item);
    setText(title, `${text(model, "title")}${entries.length ? ` (${entries.length})` : ""}`);
    setAttribute(list, "aria-label", text(model, "title"));
    setText(compare, kept.ticks.length ? `Compare ${kept.ticks.length}/2` : "Compare");
    setAttribute(compare, "aria-disabled", kept.ticks.length !== 2);
    compare.title = kept.ticks.length === 2 ? "Show both side by side" : "Tick two results first";
    compare.hidden = entries.length < 2;
    clear.hidden = entries.length === 0;
    empty.hidden = entries.length > 0;
    setText(notice, text(model, "notice"));
    undo.hidden = !flag(model, "can_undo");
    said.hidden = !text(model, "notice") && undo.hidden;
    setText(error, text(model, "error"));
    error.hidden = !text(model, "error");
    if (after?.()) after = null;
  }

  listen(compare, "click", () => {
    if (kept.ticks.length === 2) model.send({ type: "compare", ids: kept.ticks });
  });
  listen(clear, "click", () => {
    model.send({ type: "clear" });
    after = () => {
      if (items.size === 0) undo.focus();
      return items.size === 0;
    };
  });
  listen(undo, "click", () => {
    const before = items.size;
    model.send({ type: "undo" });
    after = () => {
      if (items.size > before) items.values().next().value?.press.focus();
      return items.size > before;
    };
  });
  listen(list, "keydown", (event) => {
    const id = (event.target as Element).closest("li")?.dataset.id;
    if (!id) return;
    const order = [...items.keys()];
    const at = order.indexOf(id);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: order.length - 1 }[event.key];
    if (to !== undefined) items.get(order[min(order.length - 1, max(0, to))]!)?.press.focus();
    else if (event.key === "Delete") letGo(id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  const received = (message: { type?: unknown; id?: unknown }, buffers: unknown[]) => {
    if (message?.type !== "picture" || typeof message.id !== "string") return;
    const bytes = bytesOf(buffers?.[0]);
    if (bytes && !kept.pictures.has(message.id)) {
      kept.pictures.set(message.id, new Blob([bytes.slice()], { type: "image/png" }));
    }
    picture(message.id);
  };
  for (const name of TRAITS) model.on(`change:${name}`, update);
  model.on("msg:custom", received);
  update();
  for (const id of items.keys()) picture(id);
  model.send({ type: "ready" });
  return () => {
    for (const name of TRAITS) model.off(`change:${name}`, update);
    model.off("msg:custom", received);
    for (const id of [...addresses.keys()]) forget(id);
    box.remove();
  };
}

export default () => {
  const kept: Kept = { pictures: new Map(), ticks: [] };
  return { render: (context: RenderContext) => render(context, kept) };
};
