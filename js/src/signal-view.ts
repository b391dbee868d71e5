// SignalView: one input along an axis (spectrum, time series, sound) as lines over its map, or a
// table's row as bars. Zooming, reading, selecting and listening happen here; the kernel hears of
// finished selections.

import { finite } from "./arithmetic";
import { element, root, setAttribute, setText } from "./dom";
import { percent } from "./format";
import { makeLookControls } from "./look-controls";
import { flag, num, text, type Model, type RenderContext } from "./model";
import { onTheme } from "./signal-colours";
import { Figure } from "./signal-figure";
import { connectSignalKeys, SIGNAL_TOOLS, type SignalActions, type SignalTool } from "./signal-input";
import { total, type Interval } from "./signal-intervals";
import type { Look } from "./signal-layout";
import { Player } from "./signal-player";
import { describe } from "./signal-readout";
import { SignalStore } from "./signal-store";
import { TablePanel } from "./signal-table-panel";
import { makeSignalToolbar } from "./signal-toolbar";
import { isWhole, windowOf, type Span } from "./signal-window";
import theme from "./theme.css";
import lookCss from "./look-controls.css";
import css from "./signal-view.css";

const TRAITS = [
  "threshold", "opacity", "colormap", "show_map", "map_name", "show_mask", "map_place", "tool", "start", "end",
  "reverse", "lanes", "fit_values", "sort", "width", "height", "paintable", "adjustable", "alt",
  "status", "error",
];
const HELP =
  "Arrow keys move a cursor (Shift: 10 places), Home and End go to the ends, Space begins and ends " +
  "a stretch to zoom to or to select, plus, minus and 0 zoom, I, H, B and E choose a tool, " +
  "R reverses the axis, Y fits the height.";
/** A kernel that is busy or starting may miss the first request; asking again does no harm. */
const ASK_AGAIN_MS = [2000, 15000];

export default function signalView() {
  const store = new SignalStore();
  return {
    initialize({ model }: { model: Model }): () => void {
      const receive = (message: unknown, buffers: ArrayBufferView[]) => {
        try {
          store.receive(message, buffers);
        } catch (problem) {
          model.set("error", problem instanceof Error ? problem.message : String(problem));
        }
      };
      model.on("msg:custom", receive);
      const ask = () => model.send({ type: "ready" });
      ask();
      const timers = ASK_AGAIN_MS.map((ms) => setTimeout(() => store.data ?? ask(), ms));
      return () => {
        timers.forEach(clearTimeout);
        model.off("msg:custom", receive);
      };
    },
    render({ model, el }: RenderContext): () => void {
      return new View(model, store, el).dispose;
    },
  };
}

class View {
  readonly #box = root("rw rw-signal", theme + lookCss + css);
  readonly #waiting = element("div.rw-waiting", {}, "Waiting for the kernel…");
  readonly #readout = element("div.rw-readout");
  readonly #spoken = element("div.rw-unseen", { "aria-live": "polite" });
  readonly #status = element("div.rw-status", { role: "status" });
  readonly #error = element("div.rw-error", { role: "alert" });
  readonly #figure: Figure;
  readonly #table: TablePanel;
  readonly #player: Player;
  readonly #toolbar;
  readonly #looks;
  readonly #drawing: HTMLElement;
  #pending = 0;
  #whole = true;
  #saving: ReturnType<typeof setTimeout> | undefined;
  readonly dispose: () => void;

  readonly #model: Model;
  readonly #store: SignalStore;

  constructor(
    model: Model,
    store: SignalStore,
    el: HTMLElement,
  ) {
    this.#model = model;
    this.#store = store;
    const act = this.#actions();
    this.#figure = new Figure(store, {
      look: () => this.#look(),
      span: () => this.#span(),
      setSpan: (span) => this.#setSpan(span),
      tool: () => this.#tool,
      chosen: (places, tool) => this.#chosen(places, tool),
      playhead: () => this.#player.playhead,
      redraw: () => this.#redraw(),
      redrawOverlay: () => this.#redraw(false),
    });
    this.#table = new TablePanel(store, {
      tool: () => this.#tool,
      setTool: act.setTool,
      setSort: (sort) => this.#save("sort", sort),
      mark: (places, on) => this.#markPlaces(places, on),
      hover: (line) => setText(this.#readout, line),
      undo: act.undo,
      redo: act.redo,
      clear: act.clear,
    });
    this.#player = new Player(
      store,
      () => this.#ends(),
      () => this.#redraw(false),
      (why) => model.set("error", why),
    );
    this.#toolbar = makeSignalToolbar(act);
    this.#looks = makeLookControls(model, (name, v, last) => {
      model.set(name, v);
      if (last) this.#save(name, v);
    });
    const help = element("div.rw-unseen", { id: `rw-help-${Math.random().toString(36).slice(2)}` }, HELP);
    const { plot, over, overview } = this.#figure;
    setAttribute(over, "aria-describedby", help.id);
    setAttribute(over, "aria-roledescription", "signal");
    const stage = element("div.rw-stage", {}, plot, over, this.#waiting);
    this.#drawing = element("div", {}, stage, overview.canvas);
    this.#box.append(
      this.#toolbar.el, this.#drawing, this.#table.el, this.#player.el, this.#readout,
      this.#looks.el, this.#status, this.#error, this.#spoken, help,
    );
    el.append(this.#box);
    this.#figure.connect(act);
    connectSignalKeys(this.#box, over, act);

    const redraw = () => this.#redraw();
    const names = TRAITS.map((n) => `change:${n}`);
    for (const name of names) model.on(name, redraw);
    const forget = [store.listen((part) => {
      // What was playing is no longer what is shown.
      if (part === "data") this.#player.stop();
      redraw();
    }), onTheme(redraw)];
    const resized = new ResizeObserver(redraw);
    resized.observe(stage);
    this.dispose = () => {
      for (const name of names) model.off(name, redraw);
      for (const stop of forget) stop();
      resized.disconnect();
      this.#player.dispose();
      cancelAnimationFrame(this.#pending);
      clearTimeout(this.#saving);
      this.#box.remove();
    };
    redraw();
  }

  get #tool(): SignalTool {
    const t = text(this.#model, "tool") as SignalTool;
    if (!SIGNAL_TOOLS.includes(t)) return "inspect";
    return flag(this.#model, "paintable") || t === "pan" ? t : "inspect";
  }

  #look(): Look {
    const m = this.#model;
    return {
      threshold: num(m, "threshold", 0),
      opacity: num(m, "opacity", 0.9),
      colormap: text(m, "colormap"),
      showMap: flag(m, "show_map"),
      mapName: text(m, "map_name"),
      showMask: flag(m, "show_mask"),
      behind: text(m, "map_place") === "behind",
      reverse: flag(m, "reverse"),
      lanes: flag(m, "lanes") && (this.#store.data?.channels.length ?? 1) > 1,
      fitValues: flag(m, "fit_values"),
    };
  }

  #ends(): [number | null, number | null] {
    const one = (name: string) => {
      const v = this.#model.get(name);
      return typeof v === "number" && finite(v) ? v : null;
    };
    return [one("start"), one("end")];
  }

  #span(): Span {
    const { axis } = this.#store.data!;
    return windowOf(axis, ...this.#ends());
  }

  #setSpan(span: Span): void {
    const whole = isWhole(this.#store.data!.axis, span);
    this.#model.set("start", whole ? null : span.low);
    this.#save("end", whole ? null : span.high);
  }

  /** Set a trait now, tell the kernel a moment later: dragging must not flood it. */
  #save(name: string, v: unknown): void {
    this.#model.set(name, v);
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#model.save_changes(), 150);
    this.#redraw();
  }

  /** Draw at the next frame: everything, or only what follows the pointer. */
  #redraw(whole = true): void {
    this.#whole ||= whole;
    if (!this.#pending) this.#pending = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#pending = 0;
    const model = this.#model;
    const store = this.#store;
    const whole = this.#whole;
    this.#whole = false;
    const rows = store.data?.kind === "table";
    if (whole) this.#drawAll(rows);
    else if (!rows) this.#figure.drawOverlay();
    this.#player.update();
    if (!rows) setText(this.#readout, describe(store, this.#figure.cursor));
    setText(this.#status, text(model, "status"));
    setText(this.#error, text(model, "error"));
    this.#status.hidden = !text(model, "status");
    this.#error.hidden = !text(model, "error");
  }

  #drawAll(rows: boolean): void {
    const model = this.#model;
    const store = this.#store;
    const tool = this.#tool;
    const look = this.#look();
    const label = text(model, "alt") || "Signal";
    this.#box.style.width = `${num(model, "width", 760)}px`;
    this.#waiting.hidden = store.data !== null;
    this.#drawing.hidden = this.#toolbar.el.hidden = rows;
    this.#table.el.hidden = !rows;
    this.#looks.el.hidden = !flag(model, "adjustable");
    this.#looks.update();
    this.#figure.over.dataset.tool = tool;
    setAttribute(this.#figure.over, "aria-label", label);
    const height = num(model, "height", 300);
    if (rows) {
      const paintable = flag(model, "paintable");
      this.#table.update({ ...look, sort: text(model, "sort"), paintable, tool, height, label }, this.#box);
      return;
    }
    this.#figure.plot.style.height ||= `${height}px`;
    if (!store.data) return;
    // Several channels take a second line, which must not come and go with the pointer.
    this.#readout.style.minHeight = store.data.channels.length > 1 ? "2.8em" : "";
    this.#figure.draw(this.#box, height);
    this.#toolbar.update({
      ...look,
      tool,
      canUndo: store.selection.canUndo,
      canRedo: store.selection.canRedo,
      canClear: store.selection.runs.length > 0,
      zoomed: !isWhole(store.data.axis, this.#span()),
      paintable: flag(model, "paintable"),
      channels: store.data.channels.length,
      hasMap: store.map !== null,
    });
  }

  #say(message: string): void {
    setText(this.#spoken, message);
  }

  #chosen([start, stop]: Interval, tool: SignalTool): void {
    const { selection, data } = this.#store;
    if (tool === "brush" || tool === "eraser") {
      selection.add({ tool, start, stop });
      this.#finish();
    } else {
      const [low, high] = data!.axis.span(start, stop);
      this.#setSpan(windowOf(data!.axis, low, high));
      this.#say("zoomed");
    }
  }

  /** Select single places: neighbours become one stroke. */
  #markPlaces(places: readonly number[], on: boolean): void {
    const sorted = [...places].sort((a, b) => a - b);
    for (let i = 0; i < sorted.length; ) {
      let j = i + 1;
      while (j < sorted.length && sorted[j] === sorted[j - 1]! + 1) j++;
      this.#store.selection.add({ tool: on ? "brush" : "eraser", start: sorted[i]!, stop: sorted[j - 1]! + 1 });
      i = j;
    }
    this.#finish();
  }

  #finish(): void {
    const { selection, data } = this.#store;
    this.#store.changed("paint");
    this.#model.send({ type: "stroke", length: data!.length, strokes: selection.strokes });
    this.#say(`selected ${percent(total(selection.runs) / data!.length)}`);
  }

  #actions(): SignalActions {
    const store = this.#store;
    const figure = () => this.#figure;
    return {
      tool: () => this.#tool,
      hover: (x) => {
        figure().cursor = figure().placeAt(x);
        this.#redraw(false);
      },
      leave: () => {
        figure().cursor = null;
        this.#redraw(false);
      },
      choose: (from, to, done) => store.data && figure().choose(from, to, done),
      dropChoice: () => figure().dropChoice(),
      pan: (dx) => figure().pan(dx),
      zoomAt: (factor, x) => figure().zoomAt(factor, x),
      zoom: (factor) => figure().zoomAt(factor, null),
      fit: () => {
        this.#model.set("start", null);
        this.#save("end", null);
      },
      setTool: (tool) => {
        if (tool !== "pan" && tool !== "inspect" && !flag(this.#model, "paintable")) return;
        figure().dropChoice();
        this.#save("tool", tool);
        this.#say(tool);
      },
      toggle: (name) => {
        if (name === "behind") this.#save("map_place", text(this.#model, "map_place") === "behind" ? "below" : "behind");
        else this.#save(name, !flag(this.#model, name));
      },
      undo: () => store.selection.undo() && this.#finish(),
      redo: () => store.selection.redo() && this.#finish(),
      clear: () => store.selection.clear() && this.#finish(),
      moveCursor: (places) => {
        figure().moveCursor(places);
        this.#say(describe(store, figure().cursor));
      },
      pageCursor: (share) => {
        figure().pageCursor(share);
        this.#say(describe(store, figure().cursor));
      },
      mark: () => {
        if (store.data && !figure().markHere()) this.#say("begun; move and press Space again");
      },
    };
  }
}
