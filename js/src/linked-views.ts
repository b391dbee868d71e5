// LinkedViews: any number of views of one picture that share cursor, zoom, threshold and
// selection. Everything is linked here, in the browser; the kernel hears of finished choices.

import { element, listen, root, setText } from "./dom";
import { LinkedActor } from "./linked-actor";
import { makeFilterBar } from "./linked-filter-bar";
import { LinkedPainter, drawOver } from "./linked-painter";
import { readingAt } from "./linked-readings";
import { Stage } from "./linked-stage";
import { readState, TRAITS, type State } from "./linked-state";
import { LinkedStore } from "./linked-store";
import { ReadingTable } from "./linked-table";
import { Tile, type Pane } from "./linked-tile";
import { makeToolbar } from "./linked-toolbar";
import { num, text, type Model, type RenderContext } from "./model";
import theme from "./theme.css";
import css from "./linked-views.css";

const HELP =
  "Arrow keys move a cursor that all views share (Shift: 10 pixels). Space or Enter sets one corner " +
  "of a selection, then the other; Escape takes it back. Plus, minus and 0 zoom, S and M choose " +
  "whether dragging selects or moves.";
/** A kernel that is busy or starting may miss the first request; asking again does no harm. */
const ASK_AGAIN_MS = [2000, 15000];

export default function linkedViews() {
  const store = new LinkedStore();
  return {
    initialize({ model }: { model: Model }): () => void {
      const hear = (message: unknown, buffers: ArrayBufferView[]) => {
        try {
          store.receive(message, buffers);
        } catch (problem) {
          model.set("error", String(problem instanceof Error ? problem.message : problem));
        }
      };
      model.on("msg:custom", hear);
      const filter = () => store.filterAt(num(model, "quantile", 0.5));
      model.on("change:quantile", filter);
      filter();
      const ask = () => model.send({ type: "ready" });
      ask();
      const timers = ASK_AGAIN_MS.map((ms) => setTimeout(() => store.complete || ask(), ms));
      return () => {
        timers.forEach(clearTimeout);
        model.off("msg:custom", hear);
        model.off("change:quantile", filter);
      };
    },
    render({ model, el }: RenderContext): () => void {
      return new View(model, store, el).dispose;
    },
  };
}

class View {
  readonly #box = root("rw rw-linked", theme + css);
  readonly #grid = element("div.rwl-grid", { role: "group", "aria-label": "Views" });
  readonly #waiting = element("div.rwl-waiting", {}, "Waiting for the kernel…");
  readonly #place = element("div.rwl-place");
  readonly #spoken = element("div.rw-unseen", { "aria-live": "polite" });
  readonly #error = element("div.rwl-error", { role: "alert" });
  readonly #table = new ReadingTable();
  readonly #painter: LinkedPainter;
  readonly #actor: LinkedActor;
  readonly #toolbar;
  readonly #filter;
  readonly #stage: Stage;
  readonly #help: string;
  #tiles: Tile[] = [];
  #pending = 0;
  #whole = true;
  readonly dispose: () => void;

  readonly #model: Model;
  readonly #store: LinkedStore;

  constructor(
    model: Model,
    store: LinkedStore,
    el: HTMLElement,
  ) {
    this.#model = model;
    this.#store = store;
    this.#painter = new LinkedPainter(store);
    const help = element("div.rw-unseen", { id: `rw-help-${Math.random().toString(36).slice(2)}` }, HELP);
    this.#help = help.id;
    const actor = (this.#actor = new LinkedActor(model, store, {
      pane: () => (this.#comparing ? this.#stage.pane : this.#tiles[0]?.pane),
      say: (words) => setText(this.#spoken, words),
      describe: () => this.#describe(),
    }));
    this.#toolbar = makeToolbar(actor);
    this.#stage = new Stage(actor, this.#help, (v) => actor.slide("divider", v));
    this.#filter = makeFilterBar(actor);
    const said = element("div.rwl-said", {}, this.#filter.el, this.#place, this.#table.el);
    const body = element("div.rwl-body", {}, this.#grid, this.#stage.el, said);
    this.#box.append(this.#toolbar.el, this.#waiting, body, this.#error, this.#spoken, help);
    el.append(this.#box);
    listen(this.#box, "pointerleave", () => actor.tell());
    listen(this.#box, "focusout", (e) => {
      if (!this.#box.contains(e.relatedTarget as Node | null)) actor.tell();
    });

    const redraw = () => this.#redraw(true);
    const names = TRAITS.map((name) => `change:${name}`);
    for (const name of names) model.on(name, redraw);
    const forget = store.listen((change) => this.#redraw(change === "views"));
    const resized = new ResizeObserver(redraw);
    resized.observe(this.#grid);
    resized.observe(this.#stage.el);
    this.dispose = () => {
      for (const name of names) model.off(name, redraw);
      forget();
      resized.disconnect();
      cancelAnimationFrame(this.#pending);
      this.#box.remove();
    };
    redraw();
  }

  get #comparing(): boolean {
    const state = this.#state();
    return state.mode !== "side" && state.pair !== null;
  }

  #state(): State {
    return readState(this.#model, this.#store);
  }

  /** `whole`: pixels, too; else only cursor, selection and readings. */
  #redraw(whole: boolean): void {
    this.#whole ||= whole;
    if (!this.#pending) this.#pending = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#pending = 0;
    // Out of the page, as a cell that is scrolled away, there is no size to draw at.
    if (!this.#box.clientWidth) return;
    const store = this.#store;
    const state = this.#state();
    if (this.#whole) this.#arrange(state);
    const compared = state.mode !== "side" && state.pair !== null;
    const at = store.hover ?? state.cursor;
    const selection = this.#actor.drawn ?? state.selection;
    const panes = compared ? [this.#stage.pane] : this.#tiles.map((t) => t.pane);
    panes.forEach((pane, n) => {
      const sizes = pane.sizes(store.width, store.height);
      const view = this.#actor.viewport(sizes);
      if (this.#whole && compared) this.#painter.both(pane.below, view, sizes, state);
      else if (this.#whole) this.#painter.single(pane.below, view, sizes, store.views[n]!, state);
      drawOver(pane.over, view, sizes, at, selection);
    });
    if (!compared) this.#tiles.forEach((tile, n) => tile.read(store.views[n]!, store.width, at));
    setText(this.#place, at ? `x ${at[0]}, y ${at[1]}` : "");
    this.#table.el.hidden = !(compared || selection) || !store.views.length;
    if (!this.#table.el.hidden) this.#table.update(store.views, store.width, at, selection);
    this.#whole = false;
  }

  #arrange(state: State): void {
    const model = this.#model;
    const store = this.#store;
    const tiles = this.#tiles;
    const compared = state.mode !== "side" && state.pair !== null;
    const zoomed = num(model, "zoom", 1) > 1;
    this.#painter.prune();
    while (tiles.length > store.views.length) tiles.pop()!.el.remove();
    while (tiles.length < store.views.length) {
      const tile = new Tile(this.#actor, this.#help);
      // One stop for the Tab key: what the keys do, they do in all views.
      tile.pane.over.tabIndex = tiles.length ? -1 : 0;
      tiles.push(tile);
      this.#grid.append(tile.el);
    }
    this.#box.style.setProperty("--rw-tile", `${num(model, "width", 260)}px`);
    this.#waiting.hidden = store.views.length > 0;
    this.#place.hidden = this.#toolbar.el.hidden = !store.views.length;
    this.#grid.hidden = compared || !store.views.length;
    this.#stage.el.hidden = !compared;
    this.#toolbar.update(store.views, state, zoomed);
    this.#filter.update(store.views);
    store.views.forEach((shown, n) => tiles[n]!.update(shown, state));
    this.#stage.update(state);
    const panes: Pane[] = compared ? [this.#stage.pane] : tiles.map((t) => t.pane);
    for (const pane of panes) pane.shape(store.width, store.height, state.tool, zoomed);
    setText(this.#error, text(model, "error"));
    this.#error.hidden = !text(model, "error");
  }

  /** The cursor in words, for people who hear it. */
  #describe(): string {
    const store = this.#store;
    const at = store.hover ?? this.#state().cursor;
    if (!at) return "";
    const views = store.views.map(({ name, layer }) => {
      const { value, rank } = readingAt(layer, store.width, at);
      return `${name} ${value}${rank && `, ${rank}`}`;
    });
    return [`x ${at[0]}, y ${at[1]}`, ...views].join("; ");
  }
}
