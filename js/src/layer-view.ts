// LayerView: a picture under a colour-mapped map and an explanation mask, with a brush. All
// pointer work, thresholding and colouring happens here; the kernel hears of finished strokes.

import { ceil, floor, max, min } from "./arithmetic";
import { element, listen, root, setAttribute, setText } from "./dom";
import { percent, value } from "./format";
import { connectKeys, connectPointer, type InputActions } from "./layer-input";
import { LayerPainter, type Look } from "./layer-painter";
import { LayerStore } from "./layer-store";
import { makeLookControls } from "./look-controls";
import { makeToolbar, MAX_BRUSH, TOOLS, type Tool } from "./layer-toolbar";
import { pack } from "./mask-bits";
import { flag, num, text, type Model, type RenderContext } from "./model";
import { coverage } from "./shading";
import { addPoint, paintPiece, type PaintTool, type Stroke } from "./strokes";
import { shareAbove } from "./threshold";
import { clampView, scaleOf, toPicture, zoomAt, type Sizes, type Viewport } from "./viewport";
import theme from "./theme.css";
import css from "./layer-view.css";
import lookCss from "./look-controls.css";

const LOOK_TRAITS = ["threshold", "opacity", "colormap", "show_picture", "show_map", "show_mask"];
const VIEW_TRAITS = ["zoom", "pan_x", "pan_y", "tool", "brush_size", "paintable", "adjustable"];
const TEXT_TRAITS = ["alt", "status", "error", "width"];
const HELP =
  "Arrow keys move a crosshair (Shift: 10 pixels), Space paints or reads out, plus, minus and 0 " +
  "zoom, square brackets change the brush, B, E and I choose brush, eraser and inspect.";
/** A kernel that is busy or starting may miss the first request; asking again does no harm. */
const ASK_AGAIN_MS = [2000, 15000];

export default function layerView() {
  const store = new LayerStore();
  return {
    initialize({ model }: { model: Model }): () => void {
      model.on("msg:custom", (message: unknown, buffers: ArrayBufferView[]) => {
        try {
          store.receive(message, buffers);
        } catch (problem) {
          model.set("error", String(problem instanceof Error ? problem.message : problem));
        }
      });
      const ask = () => model.send({ type: "ready" });
      ask();
      const timers = ASK_AGAIN_MS.map((ms) => setTimeout(() => store.picture ?? ask(), ms));
      return () => timers.forEach(clearTimeout);
    },
    render({ model, el }: RenderContext): () => void {
      return new View(model, store, el).dispose;
    },
  };
}

class View {
  readonly #box = root("rw rw-layers", theme + css + lookCss);
  readonly #canvas = element("canvas.rw-canvas", { tabindex: 0, role: "application" });
  readonly #waiting = element("div.rw-waiting", {}, "Waiting for the kernel…");
  readonly #readout = element("div.rw-readout");
  readonly #spoken = element("div.rw-unseen", { "aria-live": "polite" });
  readonly #status = element("div.rw-status", { role: "status" });
  readonly #error = element("div.rw-error", { role: "alert" });
  readonly #painter: LayerPainter;
  readonly #toolbar;
  readonly #looks;
  #pending = 0;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #hovered: [number, number] | null = null;
  #crosshair: [number, number] | null = null;
  #points: number[][] | null = null;
  /** What the stroke being drawn does; the tool may change by key before it ends. */
  #painting: PaintTool = "brush";
  readonly dispose: () => void;

  readonly #model: Model;
  readonly #store: LayerStore;

  constructor(
    model: Model,
    store: LayerStore,
    el: HTMLElement,
  ) {
    this.#model = model;
    this.#store = store;
    this.#painter = new LayerPainter(this.#canvas, store);
    const act = this.#actions();
    this.#toolbar = makeToolbar({
      tool: act.setTool,
      size: (s) => this.#save("brush_size", s),
      undo: act.undo,
      redo: act.redo,
      clear: act.clear,
      zoom: act.zoom,
      fit: act.fit,
    });
    this.#looks = makeLookControls(model, (name, v, last) => {
      model.set(name, v);
      if (last) model.save_changes();
    });
    const help = element("div.rw-unseen", { id: `rw-help-${Math.random().toString(36).slice(2)}` }, HELP);
    setAttribute(this.#canvas, "aria-describedby", help.id);
    setAttribute(this.#canvas, "aria-roledescription", "picture with layers");
    const stage = element("div.rw-stage", {}, this.#canvas, this.#waiting);
    this.#box.append(this.#toolbar.el, stage, this.#readout, this.#looks.el, this.#status, this.#error, this.#spoken, help);
    el.append(this.#box);
    connectPointer(this.#canvas, act);
    connectKeys(this.#box, this.#canvas, act);
    listen(this.#canvas, "blur", () => {
      this.#crosshair = null;
      this.#redraw();
    });

    const redraw = () => this.#redraw();
    const names = [...LOOK_TRAITS, ...VIEW_TRAITS, ...TEXT_TRAITS].map((n) => `change:${n}`);
    for (const name of names) model.on(name, redraw);
    const forget = store.listen((part) => {
      this.#painter.invalidate(part);
      redraw();
    });
    const resized = new ResizeObserver(redraw);
    resized.observe(stage);
    this.dispose = () => {
      for (const name of names) model.off(name, redraw);
      forget();
      resized.disconnect();
      cancelAnimationFrame(this.#pending);
      clearTimeout(this.#saving);
      this.#box.remove();
    };
    redraw();
  }

  get #tool(): Tool {
    const t = text(this.#model, "tool") as Tool;
    return flag(this.#model, "paintable") && TOOLS.includes(t) ? t : "inspect";
  }

  get #size(): number {
    return num(this.#model, "brush_size", 16);
  }

  get #sizes(): Sizes {
    const { width, height } = this.#store;
    const w = this.#canvas.clientWidth || 1;
    return { canvasWidth: w, canvasHeight: this.#canvas.clientHeight || 1, width: width || 1, height: height || 1 };
  }

  get #view(): Viewport {
    const m = this.#model;
    return clampView({ zoom: num(m, "zoom", 1), panX: num(m, "pan_x", 0), panY: num(m, "pan_y", 0) }, this.#sizes);
  }

  #look(): Look {
    const m = this.#model;
    return {
      threshold: num(m, "threshold", 0),
      opacity: num(m, "opacity", 0.6),
      colormap: text(m, "colormap"),
      showPicture: flag(m, "show_picture"),
      showMap: flag(m, "show_map"),
      showMask: flag(m, "show_mask"),
    };
  }

  /** Set a trait now, tell the kernel a moment later: dragging must not flood it. */
  #save(name: string, v: unknown): void {
    this.#model.set(name, v);
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#model.save_changes(), 150);
    this.#redraw();
  }

  #setView(v: Viewport): void {
    this.#model.set("zoom", v.zoom);
    this.#model.set("pan_x", v.panX);
    this.#save("pan_y", v.panY);
  }

  #redraw(): void {
    if (!this.#pending) this.#pending = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#pending = 0;
    const model = this.#model;
    const store = this.#store;
    const canvas = this.#canvas;
    const tool = this.#tool;
    this.#box.style.width = `${num(model, "width", 448)}px`;
    canvas.style.aspectRatio = store.picture ? `${store.width} / ${store.height}` : "1";
    const view = this.#view;
    canvas.dataset.tool = tool;
    canvas.dataset.zoomed = String(view.zoom > 1);
    setAttribute(canvas, "aria-label", text(model, "alt") || "Picture");
    this.#waiting.hidden = store.picture !== null;
    const brush = tool !== "inspect" && this.#hovered;
    this.#painter.draw(view, this.#sizes, this.#look(), {
      crosshair: this.#crosshair,
      brush: brush ? [brush[0], brush[1], this.#size] : null,
    });
    setText(this.#readout, this.#describe(this.#crosshair ?? this.#hovered));
    setText(this.#status, text(model, "status"));
    setText(this.#error, text(model, "error"));
    this.#status.hidden = !text(model, "status");
    this.#error.hidden = !text(model, "error");
    this.#looks.el.hidden = !flag(model, "adjustable");
    this.#looks.update();
    this.#toolbar.update({
      tool,
      size: this.#size,
      canUndo: store.history.canUndo,
      canRedo: store.history.canRedo,
      canClear: store.history.mask.some((p) => p),
      zoomed: view.zoom > 1,
      paintable: flag(model, "paintable"),
    });
  }

  #describe(at: readonly [number, number] | null): string {
    const store = this.#store;
    const painted = coverage(store.history.mask);
    const parts: string[] = [];
    const [x, y] = at ? [floor(at[0]), floor(at[1])] : [-1, -1];
    if (store.picture && x >= 0 && y >= 0 && x < store.width && y < store.height) {
      const i = y * store.width + x;
      parts.push(`x ${x}, y ${y}`);
      if (store.map) {
        const v = store.map.values[i]!;
        parts.push(`map ${value(v)}`, `top ${percent(shareAbove(store.map.sorted, v))}`);
      }
      if (store.mask) parts.push(store.mask.pixels[i] ? "in the explanation" : "outside the explanation");
    }
    if (painted > 0) parts.push(`painted ${percent(painted)}`);
    return parts.join(" · ");
  }

  #say(message: string): void {
    setText(this.#spoken, message);
  }

  #finish(stroke: Stroke | null): void {
    const { history, width, height } = this.#store;
    if (stroke) history.add(stroke);
    this.#store.changed("paint");
    const packed = pack(history.mask);
    this.#model.send(
      { type: "stroke", width, height, strokes: history.strokes },
      undefined,
      [packed.buffer as ArrayBuffer],
    );
    this.#say(`painted ${percent(coverage(history.mask))}`);
  }

  #paintTo(x: number, y: number): void {
    const store = this.#store;
    const points = this.#points;
    if (!points) return;
    const last = points[points.length - 1];
    if (!addPoint(points, x, y)) return;
    const now = points[points.length - 1]!;
    const on = this.#painting === "brush" ? 1 : 0;
    paintPiece(store.history.mask, store.width, store.height, last ?? now, now, this.#size, on);
    store.changed("paint");
  }

  #actions(): InputActions {
    const at = (x: number, y: number) => toPicture(this.#view, this.#sizes, x, y);
    return {
      tool: () => this.#tool,
      hover: (x, y) => {
        this.#hovered = at(x, y);
        this.#crosshair = null;
        this.#redraw();
      },
      leave: () => {
        this.#hovered = null;
        this.#redraw();
      },
      paintStart: (x, y) => {
        const tool = this.#tool;
        if (!this.#store.picture || tool === "inspect") return;
        this.#painting = tool;
        this.#points = [];
        this.#hovered = at(x, y);
        this.#paintTo(...this.#hovered);
      },
      paintMove: (x, y) => this.#paintTo(...at(x, y)),
      paintEnd: () => {
        const points = this.#points;
        this.#points = null;
        if (points?.length) this.#finish({ tool: this.#painting, size: this.#size, points });
      },
      pan: (dx, dy) => {
        const v = this.#view;
        const k = scaleOf(v, this.#sizes);
        this.#setView(clampView({ ...v, panX: v.panX - dx / k, panY: v.panY - dy / k }, this.#sizes));
      },
      zoomAt: (factor, x, y) => this.#setView(zoomAt(this.#view, this.#sizes, factor, x, y)),
      zoom: (factor) => {
        const s = this.#sizes;
        this.#setView(zoomAt(this.#view, s, factor, s.canvasWidth / 2, s.canvasHeight / 2));
        this.#say(`zoom ${this.#view.zoom.toFixed(1)}`);
      },
      fit: () => this.#setView({ zoom: 1, panX: 0, panY: 0 }),
      setTool: (tool) => {
        if (!flag(this.#model, "paintable")) return;
        this.#save("tool", tool);
        this.#say(tool);
      },
      changeSize: (factor) => {
        const next = factor > 1 ? ceil(this.#size * factor) : floor(this.#size * factor);
        this.#save("brush_size", min(MAX_BRUSH, max(1, next)));
        this.#say(`brush ${this.#size} pixels`);
      },
      undo: () => this.#store.history.undo() && this.#finish(null),
      redo: () => this.#store.history.redo() && this.#finish(null),
      clear: () => this.#store.history.clear() && this.#finish(null),
      moveCrosshair: (dx, dy) => {
        const { width, height } = this.#store;
        const from = this.#crosshair ?? this.#hovered ?? [width / 2, height / 2];
        const within = (v: number, n: number) => min(n - 1, max(0, floor(v)));
        this.#crosshair = [within(from[0] + dx, width), within(from[1] + dy, height)];
        this.#hovered = [this.#crosshair[0] + 0.5, this.#crosshair[1] + 0.5];
        this.#say(this.#describe(this.#crosshair));
        this.#redraw();
      },
      dab: () => {
        const crosshair = this.#crosshair;
        const tool = this.#tool;
        if (tool === "inspect" || !this.#store.picture) return this.#say(this.#describe(crosshair));
        const c = crosshair ?? [floor(this.#store.width / 2), floor(this.#store.height / 2)];
        this.#finish({ tool, size: this.#size, points: [[c[0] + 0.5, c[1] + 0.5]] });
      },
    };
  }
}
