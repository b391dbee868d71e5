// The list of regions: choose, add, rename, remove, colour.

import { element, listen, setAttribute, setText } from "./dom";
import * as icons from "./icons";
import { percent } from "./format";
import { toolButton } from "./region-controls";
import type { RegionStore } from "./region-store";

export interface NameList {
  readonly el: HTMLElement;
  update(): void;
}

export function nameList(store: RegionStore, say: (words: string) => void): NameList {
  const chips = element("div.rw-chips", { role: "radiogroup", "aria-label": "Regions" });
  const colour = element("input.rw-colour", { type: "color", "aria-label": "Colour of the region", title: "Colour" });
  const field = element("input.rw-name", { type: "text", maxlength: 64, "aria-label": "Name of the region", placeholder: "name" });
  let naming: "add" | "rename" | null = null;

  const end = () => {
    naming = null;
    update();
  };
  const ask = (what: "add" | "rename") => {
    naming = what;
    field.value = what === "rename" ? store.edits.active : freeName(store.edits.names);
    update();
    field.focus();
    field.select();
  };
  const take = () => {
    const name = field.value.trim();
    const { edits } = store;
    if (naming === "rename" && name === edits.active) return end();
    const done =
      naming === "add"
        ? store.edit(() => edits.addRegion(name))
        : store.rename(edits.active, name);
    if (!done) return;
    say(naming === "add" ? `region ${name} added` : `renamed ${name}`);
    end();
    add.focus();
  };
  listen(field, "keydown", (e) => {
    if (e.key !== "Escape" && e.key !== "Enter") return;
    e.preventDefault();
    e.stopPropagation();
    if (e.key === "Enter") return take();
    store.say("");
    end();
    add.focus();
  });
  // Left without Enter, the name does not count.
  listen(field, "blur", () => naming && !store.problem && end());
  listen(colour, "change", () => store.setColour(store.edits.active, colour.value));

  const add = toolButton(icons.plus, "Add a region", "", () => ask("add"));
  const rename = toolButton(icons.rename, "Rename the region", "", () => ask("rename"));
  const remove = toolButton(icons.remove, "Remove the region", "", () => {
    const name = store.edits.active;
    if (store.edit(() => store.edits.removeRegion(name))) say(`region ${name} removed`);
  });
  const el = element(
    "div.rw-regions",
    { role: "group", "aria-label": "Regions" },
    chips,
    field,
    element("div.rw-group", {}, colour, add, rename, remove),
  );

  const choose = (name: string) => {
    if (store.edit(() => store.edits.activate(name))) say(`region ${name}`);
  };
  const chip = (name: string) => {
    const dot = element("span.rw-dot");
    const made = element(
      "button.rw-chip",
      { type: "button", role: "radio", "data-region": name },
      dot,
      element("span.rw-chip-name", {}, name),
      element("span.rw-amount"),
    );
    listen(made, "click", () => choose(name));
    listen(made, "keydown", (e) => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
      if (!by) return;
      e.preventDefault();
      const { names, active } = store.edits;
      choose(names[(names.indexOf(active) + by + names.length) % names.length]!);
      chips.querySelector<HTMLElement>("[aria-checked=true]")?.focus();
    });
    return made;
  };

  function update(): void {
    const { names, active } = store.edits;
    const shown = [...chips.children].map((c) => (c as HTMLElement).dataset.region);
    if (names.join("\n") !== shown.join("\n")) chips.replaceChildren(...names.map(chip));
    names.forEach((name, i) => {
      const made = chips.children[i] as HTMLButtonElement;
      const on = name === active;
      setAttribute(made, "aria-checked", on);
      made.tabIndex = on ? 0 : -1;
      (made.firstElementChild as HTMLElement).style.background = store.colour(name);
      setText(made.lastElementChild!, percent(store.edits.area(name) / (store.width * store.height)));
    });
    field.hidden = naming === null;
    if (document.activeElement !== colour) colour.value = store.colour(active);
    remove.disabled = names.length < 2;
    add.disabled = rename.disabled = colour.disabled = store.picture === null;
  }
  return { el, update };
}

function freeName(names: readonly string[]): string {
  for (let i = names.length + 1; ; i++) if (!names.includes(`region ${i}`)) return `region ${i}`;
}
