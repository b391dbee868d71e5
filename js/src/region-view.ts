// One view of a RegionCanvas: its elements, its viewport, and one drawing a frame.

import { ceil, floor, max, min } from "./arithmetic";
import { element, listen, root, setAttribute, setText } from "./dom";
import { percent } from "./format";
import { num, text, type Model } from "./model";
import { RegionEditor } from "./region-editor";
import { filesPanel } from "./region-files";
import { connectKeys } from "./region-keys";
import { nameList } from "./region-names";
import { RegionPainter } from "./region-painter";
import { refinePanel, thresholdPanel, type Panel } from "./region-panels";
import { connectPointer, type Holding } from "./region-pointer";
import { isDrawn, moved } from "./region-shapes";
import type { News, RegionStore } from "./region-store";
import { makeToolbar, type PanelName } from "./region-toolbar";
import { RegionViewport } from "./region-viewport";
import { isOp, isTool, MAX_BRUSH, type Op, type Tool } from "./region-tools";
import theme from "./theme.css";
import css from "./region.css";

const TRAITS = "tool op brush_size tolerance opacity zoom pan_x pan_y alt status error width";
const HELP =
  "Arrow keys move a crosshair, with Shift by 10 pixels. Space begins a shape at the crosshair, " +
  "sets a corner, and finishes; Enter finishes, Backspace takes a corner back, Escape cancels. " +
  "V selects and moves, comma and full stop choose a shape, D copies and Delete removes it. " +
  "B brush, E eraser, R box, O ellipse, L lasso, P polygon, F fill by colour, H moves the picture. " +
  "A, S and X add, subtract and intersect. Square brackets change the brush; plus, minus and 0 zoom. " +
  "T fills from a map, G grows, shrinks and feathers, I inverts. Page up and down change the region.";

export class RegionView {
  readonly #box = root("rw rw-region", theme + css);
  readonly #canvas = element("canvas.rw-canvas", { tabindex: 0, role: "application" });
  readonly #waiting = element("div.rw-waiting", {}, "Waiting for the kernel…");
  readonly #readout = element("div.rw-readout");
  readonly #spoken = element("div.rw-unseen", { "aria-live": "polite" });
  readonly #status = element("div.rw-status", { role: "status" });
  readonly #error = element("div.rw-error", { role: "alert" });
  readonly #holding: Holding = { space: false, spent: false };
  readonly #viewport: RegionViewport;
  readonly #editor: RegionEditor;
  readonly #painter: RegionPainter;
  readonly #toolbar;
  readonly #panels: Record<PanelName, Panel>;
  readonly #files;
  readonly #names;
  #panel: PanelName | null = null;
  #pending = 0;
  #saving: ReturnType<typeof setTimeout> | undefined;
  readonly dispose: () => void;

  readonly #model: Model;
  readonly #store: RegionStore;

  constructor(
    model: Model,
    store: RegionStore,
    el: HTMLElement,
  ) {
    this.#model = model;
    this.#store = store;
    this.#painter = new RegionPainter(this.#canvas, store);
    this.#painter.newPicture();
    this.#viewport = new RegionViewport(model, this.#canvas, () => store, (name, v) => this.#save(name, v));
    this.#editor = new RegionEditor(store, {
      tool: () => this.#tool,
      op: () => this.#op,
      size: () => num(model, "brush_size", 16),
      tolerance: () => num(model, "tolerance", 24),
      toPicture: (x, y) => this.#viewport.toPicture(x, y),
      scale: () => this.#viewport.scale,
      say: (words) => setText(this.#spoken, words),
      redraw: () => this.#redraw(),
      reveal: (x, y) => this.#viewport.reveal(x, y),
    });
    const host = {
      store,
      op: () => this.#op,
      close: () => this.#openPanel(null),
      report: (what: string) => this.#editor.report(what),
    };
    this.#panels = { threshold: thresholdPanel(host), refine: refinePanel(host) };
    this.#files = filesPanel(store, () => this.#canvas.focus({ preventScroll: true }));
    this.#names = nameList(store, (words) => setText(this.#spoken, words));
    this.#toolbar = makeToolbar(this.#actions());
    this.#build(el);
    connectPointer(this.#canvas, this.#pointer(), this.#holding);
    connectKeys(this.#box, this.#canvas, this.#actions(), this.#holding);
    listen(this.#canvas, "blur", () => {
      if (!this.#editor.draft && !this.#editor.moving) this.#editor.crosshair = null;
      this.#redraw();
    });

    const redraw = () => this.#redraw();
    const traits = TRAITS.split(" ").map((name) => `change:${name}`);
    for (const name of traits) model.on(name, redraw);
    const forget = store.listen((news) => this.#hear(news));
    const resized = new ResizeObserver(redraw);
    resized.observe(this.#canvas);
    this.dispose = () => {
      this.#editor.abandon();
      this.#openPanel(null);
      for (const name of traits) model.off(name, redraw);
      forget();
      resized.disconnect();
      cancelAnimationFrame(this.#pending);
      clearTimeout(this.#saving);
      this.#box.remove();
    };
    redraw();
  }

  #build(el: HTMLElement): void {
    const id = `rw-help-${Math.random().toString(36).slice(2)}`;
    setAttribute(this.#canvas, "aria-describedby", id);
    setAttribute(this.#canvas, "aria-roledescription", "picture to draw regions on");
    this.#box.append(
      this.#toolbar.el,
      this.#panels.threshold.el,
      this.#panels.refine.el,
      this.#files.el,
      this.#files.chooser,
      this.#names.el,
      element("div.rw-stage", {}, this.#canvas, this.#waiting),
      this.#readout,
      this.#status,
      this.#error,
      this.#spoken,
      element("div.rw-unseen", { id }, HELP),
    );
    el.append(this.#box);
  }

  get #tool(): Tool {
    const t = this.#model.get("tool");
    return isTool(t) ? t : "brush";
  }

  get #op(): Op {
    const o = this.#model.get("op");
    return isOp(o) ? o : "add";
  }

  /** Set a trait now, tell the kernel a moment later: dragging must not flood it. */
  #save(name: string, v: unknown): void {
    this.#model.set(name, v);
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#model.save_changes(), 150);
    this.#redraw();
  }

  #openPanel(name: PanelName | null): void {
    const was = this.#panel;
    this.#panel = name;
    if (was && was !== name) this.#panels[was].close();
    if (name && was !== name) this.#panels[name].open();
    if (was && !name && this.#box.contains(document.activeElement)) {
      this.#canvas.focus({ preventScroll: true });
    }
    this.#redraw();
  }

  #hear(news: News): void {
    if (news.what === "picture") this.#painter.newPicture();
    else if (news.what === "regions") {
      if (news.rect) this.#painter.touch(news.region, news.rect);
      if (!news.preview) {
        this.#editor.check();
        this.#panels.threshold.refresh?.();
      }
    }
    this.#redraw();
  }

  #redraw(): void {
    if (!this.#pending) this.#pending = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    const model = this.#model;
    const store = this.#store;
    const canvas = this.#canvas;
    const tool = this.#tool;
    const editor = this.#editor;
    editor.refreshPreview();
    this.#pending = 0;
    this.#box.style.width = `${num(model, "width", 640)}px`;
    canvas.style.aspectRatio = store.picture ? `${store.width} / ${store.height}` : "4 / 3";
    const { view, sizes } = this.#viewport;
    canvas.dataset.tool = tool;
    canvas.dataset.zoomed = String(view.zoom > 1);
    setAttribute(canvas, "aria-label", text(model, "alt") || "Picture");
    this.#waiting.hidden = store.picture !== null;
    const paints = tool === "brush" || tool === "eraser";
    const at = paints ? editor.hovered : null;
    this.#painter.draw(view, sizes, {
      draft: editor.draft,
      selected: this.#selection(),
      crosshair: editor.crosshair,
      brush: at ? [at[0], at[1], num(model, "brush_size", 16)] : null,
      opacity: num(model, "opacity", 0.4),
      soft: !editor.draft && !editor.moving && this.#panel !== "threshold",
    });
    this.#tellWords();
    for (const panel of Object.values(this.#panels)) panel.update();
    this.#names.update();
    this.#updateToolbar(view.zoom > 1);
  }

  #selection() {
    const { selected, moving } = this.#editor;
    const shape = this.#store.edits.region().shapes[selected];
    if (!shape || !isDrawn(shape)) return null;
    const bounds = this.#store.edits.bounds(selected);
    if (!moving || moving.index !== selected) return { shape, bounds };
    const [dx, dy] = [moving.dx / 256, moving.dy / 256];
    return {
      shape: moved(shape, moving.dx, moving.dy),
      bounds: bounds && { x0: bounds.x0 + dx, y0: bounds.y0 + dy, x1: bounds.x1 + dx, y1: bounds.y1 + dy },
    };
  }

  #tellWords(): void {
    const model = this.#model;
    const store = this.#store;
    setText(this.#readout, this.#describe() || "\u00a0");
    const status = store.waiting || text(model, "status");
    const error = store.problem || text(model, "error");
    setText(this.#status, status);
    setText(this.#error, error);
    this.#status.hidden = !status;
    this.#error.hidden = !error;
  }

  #updateToolbar(zoomed: boolean): void {
    const model = this.#model;
    const store = this.#store;
    const editor = this.#editor;
    this.#toolbar.update({
      tool: this.#tool,
      op: this.#op,
      size: num(model, "brush_size", 16),
      tolerance: num(model, "tolerance", 24),
      canUndo: store.edits.canUndo,
      canRedo: store.edits.canRedo,
      canClear: store.edits.region().shapes.length > 0,
      zoomed,
      panel: this.#panel,
      hasMaps: store.maps.size > 0,
      selected: editor.selected >= 0,
      begun: editor.draft?.settings.tool === "polygon" || editor.draft?.settings.keys === true,
      ready: store.picture !== null,
    });
  }

  #describe(): string {
    const store = this.#store;
    const editor = this.#editor;
    const at = editor.hovered;
    if (!store.picture || !at) return "";
    const [x, y] = [floor(at[0]), floor(at[1])];
    if (x < 0 || y < 0 || x >= store.width || y >= store.height) return "";
    const i = y * store.width + x;
    const inside = store.edits.names.filter((name) => store.edits.mask(name)[i]);
    const parts = [`x ${x}, y ${y}`, inside.length ? `in ${inside.join(", ")}` : "outside"];
    for (const [name, map] of store.maps) parts.push(`${name} ${Number(map[i]!.toPrecision(3))}`);
    parts.push(`${store.edits.active} ${percent(store.edits.area() / store.picture.length * 3)}`);
    return parts.join(" · ");
  }

  #pointer() {
    const editor = this.#editor;
    return {
      pans: () => this.#tool === "pan",
      hover: (x: number, y: number) => editor.hover(x, y),
      leave: () => {
        editor.hovered = null;
        this.#redraw();
      },
      press: editor.press.bind(editor),
      drag: (points: readonly (readonly [number, number])[], how: { even: boolean }) =>
        editor.drag(points, how.even),
      release: () => editor.release(),
      abandon: () => void editor.abandon(),
      doublePress: () => editor.draft?.settings.tool === "polygon" && editor.finish(),
      pan: (dx: number, dy: number) => this.#viewport.panBy(dx, dy),
      zoomAt: (factor: number, x: number, y: number) =>
        this.#viewport.zoomAt(factor, x, y),
    };
  }

  /** What keys and toolbar share. */
  #actions() {
    const editor = this.#editor;
    const store = this.#store;
    const step = (change: "undo" | "redo") => {
      editor.abandon();
      if (store.edit(() => store.edits[change]())) editor.report(change === "undo" ? "undone" : "redone");
    };
    const whole = (kind: "clear" | "invert", what: string) => {
      editor.abandon();
      if (kind === "clear" && !store.edits.region().shapes.length) return;
      if (store.edit(() => store.edits.add({ kind }))) editor.report(what);
    };
    const setTool = (tool: Tool) => {
      editor.abandon();
      if (tool !== "select") editor.selected = -1;
      this.#save("tool", tool);
      setText(this.#spoken, tool);
    };
    const setOp = (op: Op) => {
      this.#save("op", op);
      this.#panels.threshold.refresh?.();
      setText(this.#spoken, op);
    };
    const panel = (name: PanelName) => {
      if (name === "threshold" && !store.maps.size) return;
      editor.abandon();
      this.#files.close();
      this.#openPanel(this.#panel === name ? null : name);
    };
    return {
      tool: setTool,
      setTool,
      op: setOp,
      setOp,
      panel,
      size: (n: number) => this.#save("brush_size", n),
      tolerance: (n: number) => this.#save("tolerance", n),
      undo: () => step("undo"),
      redo: () => step("redo"),
      clear: () => whole("clear", "cleared"),
      invert: () => whole("invert", "inverted"),
      load: () => this.#files.chooser.click(),
      save: () => {
        this.#openPanel(null);
        this.#files.toggle();
      },
      zoom: (factor: number) => {
        this.#viewport.zoom(factor);
        setText(this.#spoken, `zoom ${this.#viewport.view.zoom.toFixed(1)}`);
      },
      fit: () => this.#viewport.fit(),
      remove: () => editor.remove(),
      duplicate: () => editor.duplicate(),
      finish: () => editor.finish(),
      cancel: () => {
        if (editor.cancel()) return true;
        const open = this.#panel !== null;
        this.#openPanel(null);
        return open;
      },
      move: (dx: number, dy: number) => {
        if (this.#tool === "pan") this.#viewport.panBy(-16 * dx, -16 * dy);
        else editor.moveCrosshair(dx, dy);
      },
      step: () => editor.step(),
      takeBack: () => editor.takeBack(),
      nextShape: (by: 1 | -1) => {
        this.#save("tool", "select");
        editor.nextShape(by);
      },
      changeSize: (factor: number) => {
        const now = num(this.#model, "brush_size", 16);
        const next = factor > 1 ? ceil(now * factor) : floor(now * factor);
        this.#save("brush_size", min(MAX_BRUSH, max(1, next)));
        setText(this.#spoken, `brush ${num(this.#model, "brush_size", 16)} pixels`);
      },
      nextRegion: (by: 1 | -1) => {
        const { names, active } = store.edits;
        const next = names[(names.indexOf(active) + by + names.length) % names.length]!;
        if (store.edit(() => store.edits.activate(next))) setText(this.#spoken, `region ${next}`);
      },
    };
  }
}
