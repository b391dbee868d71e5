// ChangeView: a picture and what it was changed into, how it formed step by step, and how sure the
// classifier was of both classes meanwhile.

import { max, min, round } from "./arithmetic";
import { borderPath, chancesAt, curvePath, difference, momentOf, momentWords, sampleOf, SIGNS, storyOf } from "./change-data";
import { drawOn, Pictures } from "./counterfactual-pictures";
import { element, listen, root, setAttribute, setText } from "./dom";
import { bytesOf } from "./figure-view";
import { percent } from "./format";
import { placeAfter } from "./gallery-entries";
import { unpack } from "./mask-bits";
import { num, text, flag, type Model, type RenderContext } from "./model";
import theme from "./theme.css";
import css from "./change-view.css";

const TRAITS = ["story", "chosen", "moment", "shown", "swipe", "outline"];
/** A kernel that is busy or starting may miss the first request; asking again does no harm. */
const ASK_AGAIN_MS = [2000, 15000];
/** Curves of other samples that are drawn thinly beside the chosen one's. */
const MOST_CURVES = 24;
/** Pictures below this size are shown as squares, not smoothed. */
const PIXELS_SEEN = 100;

interface Kept {
  pictures: Pictures;
  readonly views: Set<() => void>;
  curve: Float32Array;
  border: string;
}

const SPACE = "http://www.w3.org/2000/svg";
function drawing(name: string, count: number) {
  const svg = document.createElementNS(SPACE, "svg");
  svg.classList.add(name);
  const paths = Array.from({ length: count }, () => svg.appendChild(document.createElementNS(SPACE, "path")));
  setAttribute(svg, "preserveAspectRatio", "none");
  return { svg, paths };
}

function range(label: string, top: number) {
  const input = element("input.rwd-range", { type: "range", min: 0, max: top, "aria-label": label });
  const out = element("output");
  return { input, out, el: element("label.rwd-row", {}, element("span", {}, label), input, out) };
}

function render({ model, el }: RenderContext, kept: Kept): () => void {
  const [first, under, over] = [0, 1, 2].map(() => element("canvas.rwd-picture", { "aria-hidden": true })) as HTMLCanvasElement[];
  const borders = [0, 1].map(() => drawing("rwd-border", 2));
  const line = element("span.rwd-line");
  const names = ["before", ""].map((name) => element("figcaption", {}, name));
  const stage = element("div.rwd-stage.rwd-swiped", { role: "img" }, under!, over!, borders[1]!.svg, line);
  const figures = [element("div.rwd-stage", { role: "img", "aria-label": "The picture before" }, first!, borders[0]!.svg), stage];
  const swipe = range("Swipe", 100);
  swipe.input.title = "How much of the picture before is laid over the right one; it can be dragged there, too";
  const shown = element("select", { "aria-label": "On the right" });
  for (const name of ["after", "difference"]) shown.append(element("option", { value: name }, name));
  const outline = element("input", { type: "checkbox" });
  const scale = element("span.rwd-scale", {}, "darker", element("span.rwd-gradient"), element("span"));
  const chart = drawing("rwd-chart", 6);
  const keys = [0, 1].map((i) => element("span.rwd-key", { "data-which": i }));
  const moment = range("Steps", 0);
  const words = element("div.rwd-words", { role: "status" });
  const strip = element("div.rwd-strip", { role: "listbox", "aria-label": "Samples", "aria-orientation": "horizontal" });
  const box = root("rw rw-change", theme + css);
  box.append(
    element("div.rwd-pair", {}, ...figures.map((one, i) => element("figure", {}, one, names[i]!))),
    swipe.el,
    element("div.rwd-look", {}, element("label", {}, "On the right ", shown), element("label", {}, outline, " Region"), scale),
    words,
    element("div.rwd-curves", {}, element("div.rwd-keys", {}, ...keys), chart.svg),
    moment.el,
    strip,
  );
  setAttribute(chart.svg, "viewBox", "0 0 100 100");
  setAttribute(chart.svg, "role", "img");
  setAttribute(chart.paths[0]!, "d", "M0 0H100M0 50H100M0 100H100");
  el.append(box);

  const story = () => storyOf(model.get("story"));
  const set = (name: string, v: unknown, save = true) => {
    model.set(name, v);
    if (save) model.save_changes();
  };
  const cards: { el: HTMLElement; draw(image: ImageData | undefined): void; sign: HTMLElement; number: HTMLElement; second: HTMLElement }[] = [];

  function makeCard(place: number) {
    const canvas = element("canvas.rwd-thumb", { "aria-hidden": true });
    const sign = element("span.rwd-sign", { "aria-hidden": true });
    const number = element("span");
    const second = element("span.rwd-second");
    const card = element("div.rwd-card", { role: "option", "data-lm-suppress-shortcuts": true }, canvas, element("span.rwd-caption", {}, sign, number), second);
    let drawn: ImageData | undefined;
    listen(card, "click", () => {
      card.focus();
      set("chosen", place);
    });
    return {
      el: card, sign, number, second,
      draw(image: ImageData | undefined): void {
        drawOn(canvas, image, drawn);
        drawn = image;
      },
    };
  }

  const seen: (ImageData | undefined)[] = [];
  const put = (i: number, canvas: HTMLCanvasElement, image: ImageData | undefined) => {
    drawOn(canvas, image, seen[i]);
    seen[i] = image;
  };
  let differs: { of: (ImageData | undefined)[]; image: ImageData; top: number } | undefined;

  /** The right picture: as it was asked for, or what has come of it. */
  function right(sample: number, at: number, before: ImageData | undefined): ImageData | undefined {
    const after = kept.pictures.image(sample, at) ?? kept.pictures.image(sample, -1) ?? before;
    if (text(model, "shown") !== "difference" || !before || after?.width !== before.width || after.height !== before.height) return after;
    if (differs?.of[0] !== before || differs.of[1] !== after) {
      const [rgba, top] = difference(before.data, after.data);
      differs = { of: [before, after], image: new ImageData(rgba, before.width, before.height), top };
    }
    return differs.image;
  }

  let inSight = -1;
  let asked = 0;
  const later = () => {
    asked ||= requestAnimationFrame(update);
  };
  function update(): void {
    asked = 0;
    const now = story();
    const sample = sampleOf(now, num(model, "chosen", -1));
    const at = momentOf(now, num(model, "moment", -1));
    const before = kept.pictures.image(-1, -1);
    const told = now.samples[sample];
    const when = momentWords(now, at, sample);
    const differing = text(model, "shown") === "difference";
    const share = min(100, num(model, "swipe", 0));
    put(0, first!, before);
    put(1, over!, before);
    put(2, under!, right(sample, at, before));
    box.classList.toggle("rwd-coarse", !!before && before.width < PIXELS_SEEN);
    for (const one of figures) one.style.aspectRatio = `${now.width || 1} / ${now.height || 1}`;
    over!.style.clipPath = `inset(0 ${100 - share}% 0 0)`;
    line.style.left = `${share}%`;
    line.hidden = !share;
    for (const { svg, paths } of borders) {
      setAttribute(svg, "viewBox", `0 0 ${now.width || 1} ${now.height || 1}`);
      svg.toggleAttribute("hidden", !flag(model, "outline") || !kept.border);
      for (const path of paths) if (path.getAttribute("d") !== kept.border) setAttribute(path, "d", kept.border);
    }
    const name = `${differing ? "difference" : "after"}, sample ${sample + 1}, ${when}`;
    setText(names[1]!, name);
    names[1]!.title = name;
    setAttribute(stage, "aria-label", `On the right: ${name}${share ? `; the left ${share} % show the picture before` : ""}`);
    shown.value = text(model, "shown") || "after";
    outline.checked = flag(model, "outline");
    scale.hidden = !differing;
    setText(scale.lastElementChild!, `brighter (at most by ${percent(differs?.top ?? 0)} of the range)`);
    swipe.input.value = String(share);
    setText(swipe.out, `${share} %`);
    moment.input.max = String(now.moments.length);
    moment.input.value = String(at < 0 ? now.moments.length : at);
    moment.input.disabled = !now.moments.length;
    setText(moment.out, when);
    setAttribute(moment.input, "aria-valuetext", when);
    setText(words, told?.words ?? "");
    drawChart(now.steps.length, now.names, sample, now.moments[at] ?? -1, now.samples.length, told?.pair ?? []);
    while (cards.length > now.samples.length) cards.pop()!.el.remove();
    while (cards.length < now.samples.length) {
      cards.push(makeCard(cards.length));
      strip.append(cards[cards.length - 1]!.el);
    }
    now.samples.forEach((one, i) => {
      const card = cards[i]!;
      const sure = one.sure === null ? "–" : percent(one.sure);
      card.draw(kept.pictures.image(i, -1));
      card.el.dataset.verdict = one.verdict;
      card.el.tabIndex = i === sample ? 0 : -1;
      card.el.title = one.words;
      setText(card.sign, SIGNS[one.verdict] ?? "");
      setText(card.number, sure);
      setText(card.second, one.second && `second: ${one.second}`);
      card.el.classList.toggle("rwd-doubted", one.doubted);
      setAttribute(card.el, "aria-selected", i === sample);
      setAttribute(card.el, "aria-label", `Sample ${i + 1}${i === now.best ? ", the best" : ""}: ${one.words || "not begun"}`);
      card.el.classList.toggle("rwd-best", i === now.best);
    });
    if (sample !== inSight) bringInSight((inSight = sample));
  }

  /** Scrolls the strip alone: the page stays where its reader has it. */
  function bringInSight(sample: number): void {
    const one = cards[sample]?.el.getBoundingClientRect();
    const all = strip.getBoundingClientRect();
    if (!one) return;
    if (one.left < all.left) strip.scrollLeft -= all.left - one.left + 8;
    else if (one.right > all.right) strip.scrollLeft += one.right - all.right + 8;
  }

  function drawChart(steps: number, names: readonly string[], sample: number, at: number, samples: number, pair: readonly number[]): void {
    const { curve } = kept;
    const whole = curve.length === samples * steps * 2 ? curve : new Float32Array();
    const others = Array.from({ length: min(samples, MOST_CURVES) }, (_, i) => i).filter((i) => i !== sample);
    const d = [0, 1].flatMap((which) => [curvePath(whole, steps, others, which), curvePath(whole, steps, [sample], which)]);
    [d[0]!, d[2]!, d[1]!, d[3]!].forEach((one, i) => setAttribute(chart.paths[i + 1]!, "d", one));
    const x = (100 * at) / (steps - 1);
    setAttribute(chart.paths[5]!, "d", at < 0 || steps < 2 ? "" : `M${x} 0V100`);
    const chances = at < 0 && pair.length === 2 ? pair : chancesAt(whole, steps, sample, at);
    names.forEach((name, i) => setText(keys[i]!, name ? `${name} ${percent(chances[i]!)}` : ""));
    const last = chancesAt(whole, steps, sample, 0);
    const said = names.map((name, i) => `of ${name} from ${percent(last[i]!)} to ${percent(chances[i]!)}`);
    setAttribute(chart.svg, "aria-label", names[0] ? `Probability over the steps: ${said.join(", ")}` : "No probabilities yet");
  }

  listen(swipe.input, "input", () => set("swipe", Number(swipe.input.value), false));
  listen(swipe.input, "change", () => model.save_changes());
  listen(moment.input, "input", () => {
    const v = Number(moment.input.value);
    set("moment", v < story().moments.length ? v : -1);
  });
  listen(shown, "change", () => set("shown", shown.value));
  listen(outline, "change", () => set("outline", outline.checked));

  const drag = (e: PointerEvent) => {
    const at = stage.getBoundingClientRect();
    const share = round(((e.clientX - at.left) / at.width) * 100);
    set("swipe", max(0, min(100, share)), false);
  };
  // Heard on the window: a notebook that makes this its active cell may move the view within the
  // page, and with it the pointer's capture would be lost.
  const letGo = () => {
    removeEventListener("pointermove", drag, true);
    removeEventListener("pointerup", letGo, true);
    removeEventListener("pointercancel", letGo, true);
    model.save_changes();
  };
  listen(stage, "pointerdown", (e) => {
    if (e.button) return;
    addEventListener("pointermove", drag, true);
    addEventListener("pointerup", letGo, true);
    addEventListener("pointercancel", letGo, true);
    drag(e);
  });

  listen(strip, "keydown", (e) => {
    if (e.altKey || e.ctrlKey || e.metaKey) return;
    const at = cards.findIndex((card) => card.el === document.activeElement);
    const to = e.key === "Escape" ? -1 : placeAfter(e.key, at, cards.length);
    if (to === undefined) return;
    set("chosen", to);
    if (to < 0) update(); // the best one takes the focus, which has to be known first
    cards[to < 0 ? sampleOf(story(), -1) : to]?.el.focus();
    e.preventDefault();
    e.stopPropagation();
  });

  // Also once the view has its place in the page, which is after it is drawn for the first time.
  const resized = new ResizeObserver(() => bringInSight(inSight));
  resized.observe(strip);
  kept.views.add(later);
  for (const name of TRAITS) model.on(`change:${name}`, later);
  update();
  return () => {
    kept.views.delete(later);
    resized.disconnect();
    for (const name of TRAITS) model.off(`change:${name}`, later);
    cancelAnimationFrame(asked);
    box.remove();
  };
}

export default () => {
  const kept: Kept = { pictures: new Pictures(), views: new Set(), curve: new Float32Array(), border: "" };
  return {
    initialize({ model }: { model: Model }): () => void {
      const hear = (told: any, buffers: unknown[] = []) => {
        const bytes = bytesOf(buffers[0]);
        if (told?.type === "curve") kept.curve = bytes ? new Float32Array(bytes.slice().buffer) : new Float32Array();
        else if (told?.type === "region") {
          const { width = 0, height = 0 } = told;
          kept.border = bytes && bytes.length === (width * height + 7) >> 3 ? borderPath(unpack(bytes, width * height), width, height) : "";
        } else if (told?.type === "forget") kept.pictures = new Pictures();
        else if (!kept.pictures.take(told, buffers)) return;
        for (const update of kept.views) update();
      };
      model.on("msg:custom", hear);
      const ask = () => model.send({ type: "ready" });
      ask();
      const timers = ASK_AGAIN_MS.map((ms) => setTimeout(() => kept.pictures.known || ask(), ms));
      return () => {
        timers.forEach(clearTimeout);
        model.off("msg:custom", hear);
      };
    },
    render: (context: RenderContext) => render(context, kept),
  };
};
