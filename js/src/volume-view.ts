// VolumeView: a volume in three linked slices under a map and an explanation, with a 3D brush. All
// slicing, windowing and painting happens here; the kernel hears of finished strokes.

import { element, root, setText } from "./dom";
import type { Model, RenderContext } from "./model";
import { makeActions, type Pointer } from "./volume-actions";
import { makeControls, makeGreyControls } from "./volume-controls";
import { Frame } from "./volume-frame";
import { connectKeys, connectPanel } from "./volume-input";
import { PanelPainter, type PanelLook } from "./volume-panel";
import { Player } from "./volume-player";
import { PLANE_NAMES, type PlaneName } from "./volume-planes";
import { Screen } from "./volume-screen";
import { TRAITS, VolumeState } from "./volume-state";
import { VolumeStore } from "./volume-store";
import { makeToolbar } from "./volume-toolbar";
import theme from "./theme.css";
import look from "./look-controls.css";
import css from "./volume-view.css";

const HELP =
  "Arrow keys move the crosshair (Shift: 10 voxels), Page Up and Page Down go through the slices, " +
  "Space paints or reads out, plus, minus and 0 zoom, square brackets change the brush, S swaps " +
  "ball and slice, C, W, B and E choose crosshair, window, brush and eraser, M jumps to the map's " +
  "maximum, P plays.";
/** A kernel that is busy or starting may miss the first request; a volume takes a while. */
const ASK_AGAIN_MS = [5000, 20000];

export default function volumeView() {
  const store = new VolumeStore();
  return {
    initialize({ model }: { model: Model }): () => void {
      const state = new VolumeState(model, () => store.shape);
      const player = new Player(state, store);
      model.on("msg:custom", (message: unknown, buffers: ArrayBufferView[]) => {
        try {
          store.receive(message, buffers);
        } catch (problem) {
          model.set("error", String(problem instanceof Error ? problem.message : problem));
        }
      });
      const ask = () => model.send({ type: "ready" });
      ask();
      const timers = ASK_AGAIN_MS.map((ms) => setTimeout(() => store.channels.length || ask(), ms));
      player.start();
      return () => {
        timers.forEach(clearTimeout);
        player.dispose();
        state.dispose();
      };
    },
    render({ model, el }: RenderContext): () => void {
      return new View(model, store, el).dispose;
    },
  };
}

class View {
  readonly #box = root("rw rw-volume", theme + look + css);
  readonly #state: VolumeState;
  readonly #screen: Screen;
  readonly #painters: Record<PlaneName, PanelPainter>;
  readonly #toolbar;
  readonly #controls;
  readonly #grey;
  readonly #spoken = element("div.rw-unseen", { "aria-live": "polite" });
  readonly #status = element("div.rw-status", { role: "status" });
  readonly #error = element("div.rw-error", { role: "alert" });
  #pending = 0;
  #stale = true;
  #width = 0;
  #speaking: ReturnType<typeof setTimeout> | undefined;
  #frame: Frame | null = null;
  #pointer: Pointer | null = null;
  readonly dispose: () => void;

  readonly #store: VolumeStore;

  constructor(
    model: Model,
    store: VolumeStore,
    el: HTMLElement,
  ) {
    this.#store = store;
    this.#state = new VolumeState(model, () => store.shape);
    const help = element("div.rw-unseen", { id: `rw-help-${Math.random().toString(36).slice(2)}` }, HELP);
    const set: VolumeState["set"] = (name, value) => {
      this.#state.set(name, value);
      this.#redraw();
    };
    this.#grey = makeGreyControls(this.#state, store, set);
    this.#screen = new Screen(help.id, this.#grey.el);
    const { panels, grid } = this.#screen;
    const painters = PLANE_NAMES.map((name) => [name, new PanelPainter(panels[name].canvas, store)] as const);
    this.#painters = Object.fromEntries(painters) as Record<PlaneName, PanelPainter>;
    const redraw = () => this.#redraw();
    const act = makeActions({
      state: this.#state,
      store,
      frame: () => this.#frame,
      setPointer: (pointer) => {
        this.#pointer = pointer;
        redraw();
      },
      redraw,
      say: (words) => this.#say(words),
    });
    this.#toolbar = makeToolbar(this.#state, store, act, set);
    this.#controls = makeControls(this.#state, store, set);
    this.#box.append(this.#toolbar.el, grid, this.#controls.el, this.#status, this.#error, this.#spoken, help);
    el.append(this.#box);
    for (const name of PLANE_NAMES) connectPanel(panels[name].canvas, name, grid, act);
    connectKeys(this.#box, (target) => this.#screen.planeOf(target), act);

    const names = TRAITS.map((name) => `change:${name}`);
    // While the crosshair moves, the buttons and sliders stay as they are.
    const refresh = () => {
      this.#stale = true;
      this.#redraw();
    };
    for (const name of names) model.on(name, name === "change:crosshair" ? redraw : refresh);
    const forget = store.listen((part) => {
      for (const name of PLANE_NAMES) this.#painters[name].invalidate(part);
      refresh();
    });
    const resized = new ResizeObserver(() => {
      this.#width = this.#box.clientWidth;
      refresh();
    });
    resized.observe(this.#box);
    this.dispose = () => {
      for (const name of names) model.off(name, name === "change:crosshair" ? redraw : refresh);
      forget();
      resized.disconnect();
      cancelAnimationFrame(this.#pending);
      clearTimeout(this.#speaking);
      this.#state.flush();
      this.#box.remove();
    };
    redraw();
  }

  #redraw(): void {
    if (!this.#pending) this.#pending = requestAnimationFrame(() => this.#draw());
  }

  /** Said once a movement has come to rest: nobody listens to thirty slices a second. */
  #say(words: string): void {
    clearTimeout(this.#speaking);
    this.#speaking = setTimeout(() => setText(this.#spoken, words), 300);
  }

  #draw(): void {
    this.#pending = 0;
    const state = this.#state;
    const store = this.#store;
    const screen = this.#screen;
    this.#box.style.width = `${state.number("width", 640)}px`;
    for (const [line, name] of [[this.#status, "status"], [this.#error, "error"]] as const) {
      setText(line, state.text(name));
      line.hidden = !state.text(name);
    }
    const { orientation } = store;
    screen.show(orientation !== null);
    if (!orientation) return;
    const frame = new Frame(orientation, store, state, this.#width || this.#box.clientWidth);
    this.#frame = frame;
    const pointer = this.#pointer;
    const crosshair = state.crosshair;
    const hovered = pointer && frame.voxel(pointer.plane, pointer.x, pointer.y, crosshair);
    screen.update(frame, state, store, state.flag("projection") ? null : hovered);
    for (const name of PLANE_NAMES) this.#drawPanel(frame, name, crosshair);
    if (!this.#stale) return;
    this.#stale = false;
    this.#toolbar.update();
    this.#controls.update();
    this.#grey.update();
  }

  #drawPanel(frame: Frame, name: PlaneName, crosshair: [number, number, number]): void {
    const state = this.#state;
    const pointer = this.#pointer;
    const plane = frame.planes[name];
    const paints = state.tool === "brush" || state.tool === "eraser";
    let brush: [number, number, number] | null = null;
    if (paints && pointer?.plane === name) {
      const place = frame.place(name, pointer.x, pointer.y, crosshair);
      brush = [...frame.inPlane(name, place), state.brushSize];
    }
    this.#painters[name].draw(plane, crosshair[plane.through], frame.placing(name), frame.cell(name), this.#look(), {
      crosshair: state.flag("show_crosshair") ? frame.inPlane(name, crosshair) : null,
      brush,
      bar: name === "axial",
    });
  }

  #look(): PanelLook {
    const state = this.#state;
    return {
      channel: state.number("channel", 0),
      windowLevel: state.windowLevel,
      threshold: state.number("threshold", 0),
      opacity: state.number("opacity", 0.6),
      colormap: state.text("colormap"),
      showMap: state.flag("show_map"),
      showMask: state.flag("show_mask"),
      projection: state.flag("projection"),
    };
  }
}
