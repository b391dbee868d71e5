// Two panels that open below the toolbar: fill from a map, and grow, shrink, feather.

import { max, min, round } from "./arithmetic";
import { element, listen } from "./dom";
import { percent, value } from "./format";
import { group, slider, textButton } from "./region-controls";
import { atLeast, topShare, topValue } from "./region-fill";
import { pixelsShape } from "./region-rle";
import { words, type RegionStore } from "./region-store";
import type { Op } from "./region-tools";

export interface Panel {
  readonly el: HTMLElement;
  open(): void;
  close(): void;
  /** Names, maps or numbers may have changed. */
  update(): void;
  /** What a live preview was made from has changed. */
  refresh?(): void;
}

export interface PanelHost {
  readonly store: RegionStore;
  readonly op: () => Op;
  close(): void;
  report(what: string): void;
}

/** Share of the slider's way, 0..1000, so that small shares can be chosen finely. */
const STEPS = 1000;
const shareOf = (step: number) => (step / STEPS) ** 2;
const stepOf = (share: number) => round(Math.sqrt(share) * STEPS);

export function thresholdPanel(host: PanelHost): Panel {
  const { store } = host;
  const choice = element("select.rw-choice", { "aria-label": "Map" });
  let share = 0.3;
  let due = 0;
  let open = false;
  const top = slider(
    "Top",
    { min: 0, max: STEPS },
    (step) => percent(shareOf(step)),
    (step) => {
      share = shareOf(step);
      soon();
    },
  );
  const note = element("span.rw-hint");
  const show = () => {
    due = 0;
    if (!open) return;
    const map = store.maps.get(choice.value);
    const least = map && topValue(map, share);
    const nothing = !map || typeof least !== "number";
    note.textContent = nothing ? "nothing" : `values from ${value(least)}`;
    try {
      store.edits.preview(nothing ? null : pixelsShape(atLeast(map, least), host.op()));
    } catch (problem) {
      store.edits.preview(null);
      note.textContent = words(problem);
    }
  };
  const soon = () => {
    if (open) due ||= requestAnimationFrame(show);
  };
  const apply = textButton("Apply", () => {
    const map = store.maps.get(choice.value);
    if (!map) return;
    if (store.edit(() => store.edits.add(pixelsShape(topShare(map, share), host.op())))) {
      host.report(`top ${percent(share)} of ${choice.value}`);
      host.close();
    }
  });
  apply.classList.add("rw-main");
  const cancel = textButton("Cancel", host.close);
  listen(choice, "change", soon);
  const el = element(
    "div.rw-panel",
    { role: "group", "aria-label": "Fill from a map" },
    choice,
    top.el,
    note,
    group("Fill from a map", apply, cancel),
  );
  el.hidden = true;
  return {
    el,
    open() {
      open = true;
      el.hidden = false;
      this.update();
      top.show(stepOf(share));
      soon();
      top.input.focus();
    },
    close() {
      open = false;
      el.hidden = true;
      store.edits.preview(null);
    },
    refresh: soon,
    update() {
      const names = [...store.maps.keys()];
      const shown = [...choice.options].map((o) => o.value);
      if (names.join("\n") !== shown.join("\n")) {
        const kept = choice.value;
        choice.replaceChildren(...names.map((n) => element("option", { value: n }, n)));
        if (names.includes(kept)) choice.value = kept;
        soon();
      }
    },
  };
}

export function refinePanel(host: PanelHost): Panel {
  const { store } = host;
  const by = element("input.rw-number", {
    type: "number",
    min: 1,
    max: 256,
    value: 3,
    "aria-label": "Pixels to grow or shrink by",
  });
  const morph = (kind: "grow" | "shrink") => {
    const n = min(256, max(1, round(Number(by.value) || 1)));
    by.value = String(n);
    if (store.edit(() => store.edits.add({ kind, by: n }))) {
      host.report(kind === "grow" ? `grown by ${n} pixels` : `shrunk by ${n} pixels`);
    }
  };
  const feather = slider("Feather", { min: 0, max: 64 }, (v) => `${v} px`, () => undefined);
  // Once the slider rests: a soft border of a large picture takes a moment.
  listen(feather.input, "change", () => {
    const n = Number(feather.input.value);
    if (store.edit(() => store.edits.setFeather(n))) host.report(`feather ${n} pixels`);
  });
  const el = element(
    "div.rw-panel",
    { role: "group", "aria-label": "Grow, shrink, feather" },
    group(
      "Grow or shrink",
      textButton("Grow", () => morph("grow")),
      textButton("Shrink", () => morph("shrink")),
      element("label.rw-slide", {}, "by", by, "px"),
    ),
    feather.el,
    textButton("Flatten", () => {
      if (store.edit(() => store.edits.flatten())) host.report("shapes joined into one");
    }),
    textButton("Close", host.close),
  );
  el.hidden = true;
  return {
    el,
    open() {
      el.hidden = false;
      this.update();
      by.focus();
    },
    close() {
      el.hidden = true;
    },
    update() {
      if (!el.hidden) feather.show(store.edits.region().feather);
    },
  };
}
