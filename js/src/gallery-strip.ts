// GalleryStrip: pictures in a row, the most similar first, to choose one from.

import { abs, min } from "./arithmetic";
import { element, listen, root, setAttribute, setText } from "./dom";
import { bytesOf } from "./figure-view";
import { barsOf, entriesOf, placeAfter, similarityWords } from "./gallery-entries";
import { num, text, type Model, type RenderContext } from "./model";
import { shadePicture } from "./shading";
import theme from "./theme.css";
import css from "./gallery-strip.css";

const TRAITS = ["entries", "chosen", "title"];
/** A kernel that is busy or starting may miss the first request; asking again does no harm. */
const ASK_AGAIN_MS = [2000, 15000];

/** Thumbnails by index, and who wants to know of new ones. */
interface Kept {
  readonly pictures: Map<number, ImageData | null>;
  readonly views: Set<() => void>;
}

const share = (v: number) => `${v * 100}%`;

function makeCard() {
  const canvas = element("canvas.rw-thumb", { "aria-hidden": true });
  const name = element("span.rw-name");
  const fill = element("span.rw-fill");
  const zero = element("span.rw-zero");
  const number = element("span.rw-number");
  const frame = element("span.rw-frame", {}, canvas);
  const el = element(
    "div.rw-card",
    { role: "option", "data-lm-suppress-shortcuts": true },
    frame,
    name,
    element("span.rw-like", {}, element("span.rw-track", {}, fill, zero), number),
  );
  let drawn: ImageData | null | undefined;
  return {
    el, name, fill, zero, number,
    draw(image: ImageData | null | undefined): void {
      if (image === drawn) return;
      drawn = image;
      // Null is no picture at all, undefined one that has not come yet.
      frame.hidden = image === null;
      if (!image) return;
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.getContext("2d")!.putImageData(image, 0, 0);
    },
  };
}

function render({ model, el }: RenderContext, kept: Kept): () => void {
  const title = element("div.rw-gallery-title");
  const list = element("div.rw-cards", { role: "listbox", "aria-orientation": "horizontal" });
  const empty = element("div.rw-none", {}, "Nothing to compare with.");
  const box = root("rw rw-gallery", theme + css);
  box.append(title, empty, list);
  el.append(box);
  const cards: ReturnType<typeof makeCard>[] = [];

  const order = () => entriesOf(model.get("entries"));
  const chosen = () => num(model, "chosen", -1);

  function choose(index: number): void {
    model.set("chosen", index);
    model.save_changes();
  }

  // Cards are kept and changed, never rebuilt: the focus stays where it is while numbers move.
  function update(): void {
    const entries = order();
    while (cards.length > entries.length) cards.pop()!.el.remove();
    while (cards.length < entries.length) {
      const [card, place] = [makeCard(), cards.length];
      listen(card.el, "click", () => {
        const { index } = order()[place]!;
        card.el.focus();
        choose(index === chosen() ? -1 : index);
      });
      cards.push(card);
      list.append(card.el);
    }
    const at = entries.findIndex((one) => one.index === chosen());
    const { zero, ends } = barsOf(entries.map((one) => one.similarity));
    entries.forEach((one, place) => {
      const card = cards[place]!;
      const words = similarityWords(one.similarity);
      const end = ends[place]!;
      card.zero.style.left = share(zero);
      card.zero.hidden = !zero;
      card.fill.style.left = share(min(zero, end));
      card.fill.style.width = share(abs(end - zero));
      setText(card.name, one.name);
      setText(card.number, words);
      card.el.title = one.name;
      card.el.tabIndex = place === (at < 0 ? 0 : at) ? 0 : -1;
      setAttribute(card.el, "aria-selected", place === at);
      setAttribute(card.el, "aria-label", `${one.name}, similarity ${words}`);
      card.draw(kept.pictures.get(one.index));
    });
    const words = text(model, "title");
    setText(title, words);
    title.hidden = !words;
    setAttribute(list, "aria-label", words || "Gallery");
    list.hidden = !entries.length;
    empty.hidden = !list.hidden;
  }

  listen(list, "keydown", (e) => {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const entries = order();
    const at = cards.findIndex((card) => card.el === document.activeElement);
    const press = e.key === " " || e.key === "Enter";
    const to = press ? at : placeAfter(e.key, at, entries.length);
    const next = entries[to ?? -1];
    if (e.key === "Escape") choose(-1);
    else if (!next) return;
    else {
      choose(press && next.index === chosen() ? -1 : next.index);
      cards[to!]!.el.focus();
    }
    e.preventDefault();
    e.stopPropagation();
  });

  kept.views.add(update);
  for (const name of TRAITS) model.on(`change:${name}`, update);
  update();
  return () => {
    kept.views.delete(update);
    for (const name of TRAITS) model.off(`change:${name}`, update);
    box.remove();
  };
}

export default () => {
  const kept: Kept = { pictures: new Map(), views: new Set() };
  return {
    initialize({ model }: { model: Model }): () => void {
      const hear = (m: { type?: string; index?: number; width?: number; height?: number }, buffers: unknown[]) => {
        if (m?.type !== "thumbnail") return;
        const { index = -1, width = 0, height = 0 } = m;
        const bytes = bytesOf(buffers?.[0]);
        // What does not fit its size is shown as no picture.
        const image = bytes && bytes.length === width * height * 3 ? new ImageData(width, height) : null;
        if (image) shadePicture(bytes!, image.data);
        kept.pictures.set(index, image);
        for (const update of kept.views) update();
      };
      model.on("msg:custom", hear);
      const ask = () => model.send({ type: "ready" });
      ask();
      const whole = () => entriesOf(model.get("entries")).every((one) => kept.pictures.has(one.index));
      const timers = ASK_AGAIN_MS.map((ms) => setTimeout(() => whole() || ask(), ms));
      return () => {
        timers.forEach(clearTimeout);
        model.off("msg:custom", hear);
      };
    },
    render: (context: RenderContext) => render(context, kept),
  };
};
