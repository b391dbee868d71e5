// What pointer and keys do to the state and the region.

import { ceil, floor, max, min } from "./arithmetic";
import { pack } from "./mask-bits";
import type { PaintTool } from "./volume-brush";
import type { Frame } from "./volume-frame";
import type { VolumeActions } from "./volume-input";
import { clampCentre, MAX_ZOOM } from "./volume-layout";
import { nearest, type PlaneName, type Triple } from "./volume-planes";
import { readAt, sentence } from "./volume-readout";
import { MAX_BRUSH, type VolumeState } from "./volume-state";
import type { VolumeStore } from "./volume-store";
import { dragged } from "./volume-window";
import { percent } from "./format";

/** What the pointer is over, for the brush's outline and the reading below. */
export interface Pointer {
  readonly plane: PlaneName;
  readonly x: number;
  readonly y: number;
}

export interface Surroundings {
  readonly state: VolumeState;
  readonly store: VolumeStore;
  frame(): Frame | null;
  setPointer(pointer: Pointer | null): void;
  redraw(): void;
  say(words: string): void;
}

export function makeActions(view: Surroundings): VolumeActions {
  const { state, store } = view;
  const { model } = state;

  const set: VolumeState["set"] = (name, value) => {
    state.set(name, value);
    view.redraw();
  };

  const move = (voxel: Triple) => set("crosshair", nearest(voxel, store.shape));

  const finish = () => {
    const { history, shape } = store;
    store.changed("paint");
    model.send(
      { type: "stroke", shape: [...shape], strokes: history.strokes },
      undefined,
      [pack(history.mask).buffer as ArrayBuffer],
    );
    view.say(`painted ${percent(history.painted / history.mask.length)}`);
  };

  const begin = (plane: PlaneName): boolean => {
    const frame = view.frame();
    const tool = state.tool;
    if (!frame || (tool !== "brush" && tool !== "eraser")) return false;
    store.history.begin({
      tool: tool as PaintTool,
      shape: state.brushShape,
      axis: frame.planes[plane].through,
      size: state.brushSize,
    });
    return true;
  };

  const paint = (plane: PlaneName, x: number, y: number) => {
    const frame = view.frame();
    if (!frame || !store.history.painting) return;
    if (store.history.extend(frame.place(plane, x, y, state.crosshair))) store.changed("paint");
  };

  const setZoom = (factor: number, keep?: (frame: Frame, zoom: number) => Triple) => {
    const frame = view.frame();
    if (!frame) return;
    const zoom = min(MAX_ZOOM, max(1, state.zoom * factor));
    const centre = keep ? keep(frame, zoom) : towards(state.centre, state.crosshair, state.zoom, zoom);
    state.set("zoom", zoom);
    set("centre", clampCentre(centre, store.shape, zoom));
  };

  const speak = () => view.say(sentence(readAt(store, state.number("channel", 0), state.crosshair)));

  const scroll = (plane: PlaneName, slices: number) => {
    const frame = view.frame();
    if (!frame) return;
    const place = state.crosshair;
    const { through, ahead } = frame.planes[plane];
    place[through] += slices * ahead;
    move(place);
  };

  return {
    tool: () => state.tool,
    hover(plane, x, y) {
      view.setPointer({ plane, x, y });
    },
    leave() {
      view.setPointer(null);
    },
    choose(plane) {
      if (state.plane !== plane) set("plane", plane);
    },
    lookAt(plane, x, y) {
      const frame = view.frame();
      if (frame) move(frame.place(plane, x, y, state.crosshair));
    },
    paintStart(plane, x, y) {
      // A stroke would smear over the slices that go by.
      if (state.flag("playing")) set("playing", false);
      if (begin(plane)) paint(plane, x, y);
    },
    paintMove: paint,
    paintEnd() {
      if (store.history.end()) finish();
    },
    windowBy(dx, dy) {
      const layer = store.channels[state.number("channel", 0)] ?? store.channels[0];
      if (!layer) return;
      const next = dragged(state.windowLevel, dx, dy, layer.scaling);
      state.set("window", next.window);
      set("level", next.level);
    },
    panBy(plane, dx, dy) {
      const frame = view.frame();
      if (!frame) return;
      const at = frame.placing(plane);
      const p = frame.planes[plane];
      const centre = state.centre;
      centre[p.cols] += (p.flipCols ? dx : -dx) / at.kx;
      centre[p.rows] += (p.flipRows ? dy : -dy) / at.ky;
      set("centre", clampCentre(centre, store.shape, state.zoom));
    },
    scroll(plane, slices) {
      scroll(plane, slices);
      speak();
    },
    toEnd(plane, last) {
      const frame = view.frame();
      if (!frame) return;
      const place = state.crosshair;
      const { through, ahead } = frame.planes[plane];
      place[through] = last === (ahead === 1) ? store.shape[through] - 1 : 0;
      move(place);
      speak();
    },
    step(plane, right, down) {
      const frame = view.frame();
      if (!frame) return;
      const p = frame.planes[plane];
      const place = state.crosshair;
      place[p.cols] += p.flipCols ? -right : right;
      place[p.rows] += p.flipRows ? -down : down;
      move(place);
      speak();
    },
    zoomAt(plane, factor, x, y) {
      setZoom(factor, (frame, zoom) => {
        // The place under the pointer stays under it.
        const under = frame.place(plane, x, y, state.centre);
        return towards(state.centre, under, state.zoom, zoom);
      });
    },
    zoom(factor) {
      setZoom(factor);
      view.say(`zoom ${state.zoom.toFixed(1)}`);
    },
    fit() {
      state.set("zoom", 1);
      set("centre", []);
    },
    setTool(tool) {
      const paints = tool === "brush" || tool === "eraser";
      if (paints && (!state.flag("paintable") || state.flag("projection"))) return;
      set("tool", tool);
      view.say(tool);
    },
    changeSize(factor) {
      const size = state.brushSize * factor;
      const next = factor > 1 ? ceil(size) : floor(size);
      set("brush_size", min(MAX_BRUSH, max(1, next)));
      view.say(`brush ${state.brushSize}`);
    },
    swapBrush() {
      set("brush_shape", state.brushShape === "ball" ? "slice" : "ball");
      view.say(state.brushShape);
    },
    dab(plane) {
      if (!begin(plane)) return speak();
      store.history.extend(state.crosshair);
      if (store.history.end()) finish();
    },
    undo() {
      if (store.history.undo()) finish();
    },
    redo() {
      if (store.history.redo()) finish();
    },
    clear() {
      if (store.history.clear()) finish();
    },
    jump() {
      if (!store.map) return;
      move(store.map.top);
      speak();
    },
    play() {
      set("playing", !state.flag("playing"));
    },
  };
}

/** A centre such that a place keeps its position on the screen from one zoom to another. */
function towards(centre: Triple, place: Triple, from: number, to: number): Triple {
  const one = (a: 0 | 1 | 2) => place[a] + ((centre[a] - place[a]) * from) / to;
  return [one(0), one(1), one(2)];
}
