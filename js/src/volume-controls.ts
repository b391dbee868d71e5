// The rows below the slices: grey levels, the look of the layers, and how the volume is shown.

import { abs, round } from "./arithmetic";
import { element, listen, setAttribute } from "./dom";
import { makeLookControls } from "./look-controls";
import { PLANE_NAMES } from "./volume-planes";
import { exactly } from "./volume-readout";
import type { TRAITS, VolumeState } from "./volume-state";
import type { VolumeStore } from "./volume-store";
import { narrowest, preset, PRESETS, type Preset, type Scaling } from "./volume-window";

export interface VolumeControls {
  readonly el: HTMLElement;
  update(): void;
}

type SetTrait = (name: (typeof TRAITS)[number], value: unknown) => void;

export function makeControls(state: VolumeState, store: VolumeStore, set: SetTrait): VolumeControls {
  const look = makeLookControls(state.model, (name, value) => set(name as (typeof TRAITS)[number], value));
  const shown = viewControls(state, store, set);
  const layers = element("div.rw-part", {}, look.el);
  const el = element("div.rw-vcontrols", {}, layers, shown.el);
  return {
    el,
    update() {
      layers.hidden = !store.map && !store.mask;
      look.update();
      shown.update();
    },
  };
}

export function makeGreyControls(state: VolumeState, store: VolumeStore, set: SetTrait): VolumeControls {
  const scaling = (): Scaling | undefined => (store.channels[state.number("channel", 0)] ?? store.channels[0])?.scaling;
  const width = slider("Window", "Width of the range of values between black and white");
  const level = slider("Level", "Middle of the range of values between black and white");
  listen(width.input, "input", () => {
    const s = scaling();
    // In even steps of the logarithm: a narrow window wants finer steps than a wide one.
    if (s) set("window", narrowest(s) * 2000 ** Number(width.input.value));
  });
  listen(level.input, "input", () => {
    const s = scaling();
    if (s) set("level", s.low + (s.high - s.low) * Number(level.input.value));
  });
  const presets = (Object.keys(PRESETS) as Preset[]).map((name) => {
    const made = element("button.rw-small", { type: "button" }, PRESETS[name]);
    listen(made, "click", () => {
      const s = scaling();
      if (!s) return;
      const wl = preset(name, s);
      set("window", wl.window);
      set("level", wl.level);
    });
    return made;
  });
  const el = element(
    "div.rw-part.rw-look", { role: "group", "aria-label": "Window and level" },
    width.el, level.el, element("div.rw-look-row", {}, ...presets),
  );
  return {
    el,
    update() {
      const s = scaling();
      if (!s) return;
      const { window: w, level: l } = state.windowLevel;
      const range = s.high - s.low || 1;
      show(width, Math.log(w / narrowest(s)) / Math.log(2000), exactly(Number(w.toPrecision(4))));
      show(level, (l - s.low) / range, exactly(Number(l.toPrecision(4))));
      presets.forEach((made, i) => {
        const wl = preset((Object.keys(PRESETS) as Preset[])[i]!, s);
        const near = abs(wl.window - w) + abs(wl.level - l) < range * 1e-4;
        setAttribute(made, "aria-pressed", near);
      });
    },
  };
}

function viewControls(state: VolumeState, store: VolumeStore, set: SetTrait): VolumeControls {
  const convention = choice("Left and right", [["radiological", "radiological"], ["neurological", "neurological"]]);
  listen(convention.input, "change", () => set("convention", convention.input.value));
  const channel = choice("Channel", []);
  listen(channel.input, "change", () => {
    const c = Number(channel.input.value);
    const layer = store.channels[c];
    if (!layer) return;
    const wl = preset("percentiles", layer.scaling);
    set("window", wl.window);
    set("level", wl.level);
    set("channel", c);
  });
  const plane = choice("Play", []);
  listen(plane.input, "change", () => set("plane", plane.input.value));
  const speed = slider("Speed", "Slices a second while playing");
  Object.assign(speed.input, { min: "1", max: "60", step: "1" });
  listen(speed.input, "input", () => set("speed", Number(speed.input.value)));
  const ticks = [["projection", tick("Maximum projection", "The largest value along each line of sight")],
    ["show_crosshair", tick("Crosshair", "Show the crosshair")]] as const;
  for (const [name, one] of ticks) listen(one.input, "change", () => set(name, one.input.checked));
  const el = element(
    "div.rw-part.rw-look", { role: "group", "aria-label": "How the volume is shown" },
    element("div.rw-look-row", {}, convention.el, channel.el),
    element("div.rw-look-row", {}, ticks[0][1].el, ticks[1][1].el),
    element("div.rw-play", {}, plane.el, speed.el),
  );
  return {
    el,
    update() {
      const known = store.orientation?.known ?? false;
      convention.input.disabled = !known;
      convention.input.value = state.convention;
      channel.el.hidden = store.channels.length < 2;
      options(channel.input, store.channels.map((_, c) => [String(c), String(c + 1)]));
      channel.input.value = String(state.number("channel", 0));
      if (store.orientation) {
        const planes = state.planes(store.orientation);
        options(plane.input, PLANE_NAMES.map((name) => [name, planes[name].title.toLowerCase()]));
      }
      plane.input.value = state.plane;
      show(speed, state.number("speed", 12), `${round(state.number("speed", 12))}/s`);
      for (const [name, one] of ticks) one.input.checked = state.flag(name);
    },
  };
}

function slider(label: string, hint: string) {
  const input = element("input", { type: "range", min: 0, max: 1, step: 0.001, "aria-label": label, title: hint });
  const out = element("output", {});
  return { input, out, el: element("label.rw-look-slider", {}, element("span", {}, label), input, out) };
}

function show(one: ReturnType<typeof slider>, at: number, words: string): void {
  // A slider rounds what it is given, and would move under the hand that holds it.
  if (document.activeElement !== one.input || abs(Number(one.input.value) - at) > 0.01) one.input.value = String(at);
  one.out.textContent = words;
}

type Options = readonly (readonly [string, string])[];

function choice(label: string, given: Options) {
  const input = element("select.rw-look-colours", { "aria-label": label });
  options(input, given);
  return { input, el: element("label", {}, `${label} `, input) };
}

function options(select: HTMLSelectElement, given: Options): void {
  const key = given.map(([v, words]) => `${v} ${words}`).join("|");
  if (select.dataset.key === key) return;
  select.dataset.key = key;
  select.replaceChildren(...given.map(([v, words]) => element("option", { value: v }, words)));
}

function tick(label: string, hint: string) {
  const input = element("input", { type: "checkbox", title: hint });
  return { input, el: element("label.rw-look-tick", {}, input, ` ${label}`) };
}
