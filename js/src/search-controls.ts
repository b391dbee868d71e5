// SearchControls: scrubber, counters and the list of mutants beside the picture of a search.

import { max } from "./arithmetic";
import { element, listen, root, setAttribute, setText } from "./dom";
import { icon, play as PLAY, type Line } from "./icons";
import { flag, num, text, type Model, type RenderContext } from "./model";
import { confidenceWords, mutantWords, readMutants, SeekQueue } from "./search-words";
import theme from "./theme.css";
import css from "./search-controls.css";

const TRAITS = [
  "count", "position", "playing", "live", "growing", "speed", "summary", "mutants", "chosen",
  "detail", "note", "heard",
];
const SEEK_MS = 60;
const MUTANTS = 14;
const PARTS = 4;
// Filled, unlike the drawings of the other toolbars.
const PAUSE = "M4.5 2.5h2.5v11H4.5zM9 2.5h2.5v11H9z";
const BACK = "M10.5 3v10L4 8z";
const FORWARD = "M5.5 3v10L12 8z";

/** A wish travels with a number; it waits until the kernel has taken that number in. */
class Wishes {
  #last: number;
  #waiting = new Map<string, number>();

  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
    this.#last = num(model, "heard", 0);
  }

  send(type: string, value = 0): void {
    this.#last = max(this.#last, num(this.#model, "heard", 0)) + 1;
    this.#waiting.set(type, this.#last);
    this.#model.send({ type, value, id: this.#last });
  }

  waits(type: string): boolean {
    return (this.#waiting.get(type) ?? 0) > num(this.#model, "heard", 0);
  }
}

function render({ model, el }: RenderContext): () => void {
  const box = root("rw rw-search", theme + css);
  const wishes = new Wishes(model);
  const shape = flag(model, "strip") ? "strip" : "square";

  const button = (label: string, line: Line, press: () => void) => {
    const made = element("button.rw-search-button", { type: "button", "aria-label": label, title: label }, icon(line));
    listen(made, "click", press);
    return made;
  };
  const play = button("Play", PLAY, () => {
    wishes.send("play", flag(model, "playing") ? 0 : 1);
    update();
  });
  const back = button("Previous split", BACK, () => wishes.send("step", -1));
  const forward = button("Next split", FORWARD, () => wishes.send("step", 1));
  const live = element("button.rw-search-live", { type: "button", title: "Show the newest split, and those that come" }, "Follow");
  listen(live, "click", () => {
    wishes.send("live", flag(model, "live") ? 0 : 1);
    update();
  });
  const slider = element("input.rw-search-slider", { type: "range", min: 1, step: 1, "aria-label": "Moment of the search" });
  // Only the newest position matters, and the server drops messages past a thousand a second.
  const seeks = new SeekQueue((position) => wishes.send("seek", position), SEEK_MS);
  listen(slider, "input", () => seeks.give(Number(slider.value)));
  const speed = element("select.rw-search-speed", { "aria-label": "Speed of the replay" });
  for (const value of (model.get("speeds") as number[] | undefined) ?? []) {
    speed.append(element("option", { value }, `${value} splits/s`));
  }
  listen(speed, "change", () => wishes.send("speed", Number(speed.value)));

  const list = element("div.rw-search-mutants", { role: "radiogroup", "aria-label": "Mutants of this split" });
  const cells = Array.from({ length: MUTANTS }, (_, index) => {
    const glyph = element("span.rw-search-glyph", { "data-shape": shape, "aria-hidden": "true" });
    const parts = Array.from({ length: PARTS }, () => element("i"));
    glyph.append(...parts);
    const mark = element("span.rw-search-mark", { "aria-hidden": "true" });
    const share = element("span.rw-search-share", { "aria-hidden": "true" });
    const made = element("button.rw-search-mutant", { type: "button", role: "radio" }, glyph, mark, share);
    listen(made, "click", () => pick(index));
    list.append(made);
    return { made, mark, share, parts };
  });
  listen(list, "keydown", (event) => {
    const from = num(model, "chosen", -1);
    const to = { ArrowRight: from + 1, ArrowDown: from + 1, ArrowLeft: max(0, from) - 1, ArrowUp: max(0, from) - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape") wishes.send("choose", -1);
    else if (to === undefined) return;
    else {
      const there = max(1, readMutants(model.get("mutants")).length);
      pick((to + there) % there, true);
    }
    event.preventDefault();
    event.stopPropagation();
  });
  function pick(index: number, focus = false): void {
    const again = num(model, "chosen", -1) === index && !focus;
    wishes.send("choose", again ? -1 : index);
    if (focus) cells[index]?.made.focus();
  }

  const summary = element("div.rw-search-summary");
  const detail = element("div.rw-search-detail", { role: "status" });
  const note = element("div.rw-search-note", { role: "status" });
  const hint = element("div.rw-search-hint");
  const legend = element("div.rw-search-legend");
  for (const [kind, words] of [
    ["split", "box being split"],
    ["pass", "part of a mutant that passes"],
    ["fail", "in no passing mutant"],
  ] as const) {
    legend.append(element("span", {}, element("i", { "data-kind": kind, "aria-hidden": "true" }), words));
  }
  legend.append(element("span", {}, element("b", { "aria-hidden": "true" }, "5/7"), "passing, of the 7 mutants that keep a part"));
  const row = element("div.rw-search-row", { role: "group", "aria-label": "Replay" });
  row.append(back, play, forward, slider, speed, live);
  box.append(summary, row, note, list, detail, hint, legend);
  el.append(box);

  function update(): void {
    const count = num(model, "count", 0);
    const position = num(model, "position", 0);
    const playing = flag(model, "playing");
    const queued = wishes.waits("play");
    setText(summary, text(model, "summary"));
    play.replaceChildren(icon(playing ? PAUSE : PLAY));
    play.dataset.queued = String(queued);
    const words = (playing ? "Pause" : "Play") + (queued ? ", queued" : "");
    setAttribute(play, "aria-label", words);
    play.title = words;
    slider.max = String(max(1, count));
    slider.disabled = count === 0;
    if (!seeks.busy && !wishes.waits("seek")) slider.value = String(max(1, position));
    setAttribute(slider, "aria-valuetext", `split ${position} of ${count}`);
    speed.value = String(num(model, "speed", 4));
    setAttribute(live, "aria-pressed", flag(model, "live"));
    live.dataset.queued = String(wishes.waits("live"));
    live.hidden = !flag(model, "growing");
    showMutants();
    setText(detail, text(model, "detail"));
    setText(note, text(model, "note"));
    note.hidden = !text(model, "note");
    hint.hidden = count === 0 || num(model, "chosen", -1) >= 0;
    const what = "Press a part in the picture, or a mutant here, to see what the model saw.";
    const listed = readMutants(model.get("mutants")).length > 0;
    setText(hint, listed ? what : "The mutants are listed when the view rests.");
  }

  function showMutants(): void {
    const mutants = readMutants(model.get("mutants"));
    const chosen = num(model, "chosen", -1);
    list.dataset.empty = String(mutants.length === 0);
    for (const [index, { made, mark, share, parts }] of cells.entries()) {
      const mutant = mutants[index];
      made.hidden = mutants.length > 0 && mutant === undefined;
      parts.forEach((part, i) => (part.dataset.kept = String(mutant?.kept.includes(i) ?? false)));
      setAttribute(made, "aria-checked", index === chosen);
      made.tabIndex = index === max(0, chosen) ? 0 : -1;
      setAttribute(made, "aria-disabled", mutant === undefined);
      setAttribute(made, "aria-label", mutantWords(index, mutant));
      made.title = mutantWords(index, mutant);
      made.dataset.passed = mutant === undefined ? "none" : String(mutant.passed);
      setText(mark, mutant === undefined ? "" : mutant.passed ? "✓" : "✗");
      setText(share, mutant === undefined ? "" : confidenceWords(mutant.target));
    }
  }

  for (const name of TRAITS) model.on(`change:${name}`, update);
  update();
  model.send({ type: "ready", value: 0 });
  return () => {
    for (const name of TRAITS) model.off(`change:${name}`, update);
    seeks.stop();
    box.remove();
  };
}

export default { render };
