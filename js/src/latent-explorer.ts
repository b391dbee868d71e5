// LatentExplorer: a latent that is moved by sliders and pads, and what the models say of it.

import { element, listen, root, setAttribute, setText } from "./dom";
import { percent } from "./format";
import { drawOn } from "./counterfactual-pictures";
import { Answers } from "./latent-answers";
import { EDGE, makePad, ring, SIDE, type Mark } from "./latent-pad";
import { makeSlider } from "./latent-slider";
import { apart, moved, nearest, pointOf, same, spaceOf, type Known } from "./latent-space";
import { num, text, type Model, type RenderContext } from "./model";
import theme from "./theme.css";
import css from "./latent-explorer.css";

const TRAITS = ["space", "point", "axes", "shown_class", "marks", "error"];
const ASK_AGAIN_MS = [2000, 15000];
/** From when on a person would wonder whether they were heard. */
const QUEUED_MS = 350;

interface Kept {
  readonly answers: Answers;
  readonly views: Set<() => void>;
}

function render({ model, el }: RenderContext, kept: Kept): () => void {
  const canvas = element("canvas.rwe-picture", { "aria-hidden": true });
  const title = element("div.rwe-title", { role: "status" });
  const queued = element("div.rwe-queued", { role: "status" }, "queued…");
  const bars = element("div.rwe-bars");
  const starts = element("div.rwe-starts", { role: "group", "aria-label": "Go to" });
  const error = element("div.rwe-error", { role: "alert" });
  const classes = element("select", { "aria-label": "Class of the map" });
  const ofClass = element("label", {}, "Probability of ", classes);
  const fresh = element("span.rwe-fresh");
  const groups = element("div.rwe-groups");
  const box = root("rw rw-explorer", theme + css);
  const space = () => spaceOf(model.get("space"));
  const point = () => pointOf(model.get("point"));
  const marks = () => (Array.isArray(model.get("marks")) ? (model.get("marks") as Mark[]) : []);
  const axes = () => (model.get("axes") as [number, number]) ?? [0, 1];

  function go(next: number[]): void {
    if (same(next, point())) return;
    model.set("point", next);
    // While one change is on its way, later ones wait and become one.
    model.save_changes();
  }
  const move = (changes: readonly (readonly [number, number])[]) => go(moved(space(), point(), changes));
  const set = (name: string, v: unknown) => {
    model.set(name, v);
    model.save_changes();
  };

  const map = makePad({
    name: "Decision boundary",
    axes,
    choose: (next) => set("axes", next),
    choices: (all) => all.coordinates.map((_, i) => i),
    space,
    point,
    move,
    below(ctx, at, colour) {
      const known = kept.answers.map;
      const now = point();
      const good = known && same(known.axes, axes()) && known.of === num(model, "shown_class", 0);
      const stale = !good || apart(known.point, now, axes());
      setText(fresh, stale ? "updating…" : "");
      if (good) {
        ctx.globalAlpha = stale ? 0.55 : 1;
        const small = document.createElement("canvas");
        drawOn(small, known.pixels);
        ctx.imageSmoothingEnabled = true;
        const step = (SIDE - 2 * EDGE) / (known.size - 1);
        ctx.drawImage(small, EDGE - step / 2, EDGE - step / 2, step * known.size, step * known.size);
        ctx.beginPath();
        for (let i = 0; i < known.pieces.length; i += 4) {
          const [x0, y0, x1, y1] = known.pieces.slice(i, i + 4) as [number, number, number, number];
          ctx.moveTo(EDGE + x0 * step, SIDE - EDGE - y0 * step);
          ctx.lineTo(EDGE + x1 * step, SIDE - EDGE - y1 * step);
        }
        ctx.lineWidth = 1.5;
        ctx.strokeStyle = "#1d1f23";
        ctx.stroke();
        ctx.globalAlpha = 1;
      }
      marks().forEach((mark, n) => {
        const [x, y] = at(mark.point);
        ring(ctx, x, y, 3, n ? colour("--rw-warn") : colour("--rw-ok"));
      });
    },
  });
  const parts: { update(): void }[] = [];
  let built = "";
  const half = element(
    "div.rwe-map", {}, map.el,
    element("div.rwe-scale", {}, element("span.rwe-gradient", { "aria-hidden": true }), ofClass, fresh),
  );
  box.append(element("div.rwe-top", {}, element("div.rwe-seen", {}, canvas, title, bars, queued), half, starts), error, groups);
  el.append(box);

  /** A part's pad and sliders; made anew only when the space is another one. */
  function build(): void {
    const now = space();
    const look = JSON.stringify([now.coordinates, now.parts, now.labels]);
    if (look === built) return;
    built = look;
    parts.length = 0;
    groups.replaceChildren();
    classes.replaceChildren(...now.labels.map((label, i) => element("option", { value: i }, label)));
    now.parts.forEach(([name, first, end], p) => {
      const group = element("fieldset.rwe-group", {}, element("legend", {}, name));
      const known = now.known.find((one) => one.part === p);
      if (known) parts.push(addPad(group, name, known, first));
      const list = element("div.rwe-sliders");
      for (let i = first; i < end; i++) {
        const slider = makeSlider(i, (at, v) => move([[at, v]]));
        list.append(slider.el);
        parts.push({ update: () => slider.update(space(), point()[i] ?? 0) });
      }
      group.append(list);
      groups.append(group);
    });
  }

  function addPad(group: HTMLElement, name: string, known: Known, first: number): { update(): void } {
    let two: [number, number] = [first, first + 1];
    const select = element("select", { "aria-label": `Nearest ${name}; choose one to go there` });
    select.append(...known.names.map((one, i) => element("option", { value: i }, one)));
    listen(select, "change", () => {
      move(known.places[Number(select.value)]!.map((v, i) => [first + i, v] as const));
    });
    const pad = makePad({
      name: `Embedding of the ${name}`,
      axes: () => two,
      choose(next) {
        two = next;
        pad.update();
      },
      choices: (all) => Array.from({ length: all.parts[known.part]![2] - first }, (_, i) => first + i),
      space,
      point,
      move,
      below(ctx, at, colour) {
        const near = nearest(space(), known, point());
        known.places.forEach((place, n) => {
          const whole: number[] = [];
          place.forEach((v, i) => (whole[first + i] = v));
          const [x, y] = at(whole);
          // What is far away in the coordinate that is not seen is drawn faintly.
          const hidden = place.reduce((most, v, i) => (two.includes(first + i) ? most : Math.max(most, Math.abs(v - point()[first + i]!))), 0);
          ctx.globalAlpha = n === near ? 1 : Math.max(0.25, 1 - hidden / 2.5);
          ctx.fillStyle = colour(n === near ? "--rw-accent" : "--rw-text");
          const label = known.names[n]!;
          if (label.length < 3) {
            ctx.font = ctx.font.replace(/^(bold )?\d+px/, n === near ? "bold 14px" : "12px");
            ctx.fillText(label, x, y);
          } else {
            ctx.beginPath();
            ctx.arc(x, y, n === near ? 4 : 2.5, 0, 7);
            ctx.fill();
          }
        });
        ctx.globalAlpha = 1;
      },
    });
    group.append(element("label.rwe-nearest", {}, "nearest: ", select), pad.el);
    return {
      update() {
        if (point().length) select.value = String(nearest(space(), known, point()));
        pad.update();
      },
    };
  }

  let timer: ReturnType<typeof setTimeout> | undefined;
  let drawn: ImageData | undefined;
  function wait(): void {
    const waits = !same(kept.answers.answer?.point ?? [], point());
    if (!waits) {
      clearTimeout(timer);
      timer = undefined;
      queued.dataset.on = "";
    } else timer ??= setTimeout(() => (queued.dataset.on = "true"), QUEUED_MS);
  }

  let asked = 0;
  const later = () => {
    asked ||= requestAnimationFrame(update);
  };
  function update(): void {
    asked = 0;
    build();
    const now = space();
    const { answer } = kept.answers;
    wait();
    drawOn(canvas, answer?.image, drawn);
    drawn = answer?.image;
    setText(title, answer?.title ?? "");
    setText(error, text(model, "error"));
    const shown = now.labels
      .map((label, i) => ({ label, i, p: answer?.probabilities[i] ?? 0 }))
      .sort((a, b) => (now.labels.length > 6 ? b.p - a.p : 0))
      .slice(0, 6);
    bars.replaceChildren(
      ...shown.map(({ label, p }) => {
        const fill = element("span.rwe-fill");
        fill.style.width = `${p * 100}%`;
        return element("div.rwe-bar", {}, fill, element("span", { title: label }, label), element("span", {}, answer ? percent(p) : "–"));
      }),
    );
    classes.value = String(num(model, "shown_class", 0));
    starts.replaceChildren(
      ...(marks().length ? ["Go to"] : []),
      ...marks().map((mark, n) => {
        const button = element("button.rwe-start", { type: "button", "data-mark": n });
        button.append(mark.name);
        listen(button, "click", () => go([...mark.point]));
        return button;
      }),
    );
    map.update();
    for (const part of parts) part.update();
  }

  listen(classes, "change", () => set("shown_class", Number(classes.value)));
  kept.views.add(later);
  for (const name of TRAITS) model.on(`change:${name}`, later);
  const seen = new ResizeObserver(later);
  seen.observe(box);
  const themed = new MutationObserver(later);
  themed.observe(document.body, { attributes: true });
  setAttribute(box, "data-lm-suppress-shortcuts", true);
  update();
  return () => {
    kept.views.delete(later);
    for (const name of TRAITS) model.off(`change:${name}`, later);
    seen.disconnect();
    themed.disconnect();
    clearTimeout(timer);
    cancelAnimationFrame(asked);
    box.remove();
  };
}

export default () => {
  const kept: Kept = { answers: new Answers(), views: new Set() };
  return {
    initialize({ model }: { model: Model }): () => void {
      const hear = (told: unknown, buffers: unknown[]) => {
        if (kept.answers.take(told, buffers ?? [])) for (const update of kept.views) update();
      };
      model.on("msg:custom", hear);
      const ask = () => model.send({ type: "ready" });
      ask();
      const timers = ASK_AGAIN_MS.map((ms) => setTimeout(() => kept.answers.answer || ask(), ms));
      return () => {
        timers.forEach(clearTimeout);
        model.off("msg:custom", hear);
      };
    },
    render: (context: RenderContext) => render(context, kept),
  };
};
