// The drawing of a signal or a sound: its canvases, cursor and stretch being chosen.

import { finite, max, min, round } from "./arithmetic";
import { element } from "./dom";
import { coloursOf, type Colours } from "./signal-colours";
import { connectSignalPointer, type SignalActions, type SignalTool } from "./signal-input";
import type { Interval } from "./signal-intervals";
import { heightOf, layoutOf, type Layout, type Look } from "./signal-layout";
import { Overview } from "./signal-overview";
import { paintOverlay } from "./signal-overlay";
import { paintSignal, prepare } from "./signal-painter";
import type { SignalStore } from "./signal-store";
import { moveSpan, Scale, zoomSpan, type Span } from "./signal-window";

export interface FigureHost {
  look(): Look;
  span(): Span;
  setSpan(span: Span): void;
  tool(): SignalTool;
  /** A stretch was chosen: zoom to it, or select it. */
  chosen(places: Interval, tool: SignalTool): void;
  playhead(): number | null;
  redraw(): void;
  redrawOverlay(): void;
}

export class Figure {
  readonly plot = element("canvas.rw-plot", { "aria-hidden": "true" });
  readonly over = element("canvas.rw-over", { tabindex: 0, role: "application" });
  readonly overview: Overview;
  cursor: number | null = null;
  #mark: number | null = null;
  #choice: Interval | null = null;
  #layout: Layout | null = null;
  #colours: Colours | null = null;

  readonly #store: SignalStore;
  readonly #host: FigureHost;

  constructor(
    store: SignalStore,
    host: FigureHost,
  ) {
    this.#store = store;
    this.#host = host;
    this.overview = new Overview({
      centre: (position) => {
        const { low, high } = host.span();
        this.#move(position - (low + high) / 2);
      },
      move: (share) => this.#moveOnScreen(share),
      toEnd: (right) => this.#moveOnScreen(right ? 1e9 : -1e9),
    }, this.plot);
  }

  connect(act: SignalActions): void {
    connectSignalPointer(this.over, act);
  }

  draw(box: HTMLElement, height: number): void {
    const store = this.#store;
    const host = this.#host;
    if (!store.data) return;
    const look = host.look();
    const width = this.plot.clientWidth || box.clientWidth || 400;
    const tall = heightOf(store, look, height);
    this.plot.style.height = `${tall}px`;
    const ctx = prepare(this.plot, width, tall);
    this.#colours = coloursOf(box);
    box.dataset.dark = String(this.#colours.dark);
    ctx.font = `11.5px ${this.#colours.font}`;
    const span = host.span();
    this.#layout = layoutOf(store, look, span, width, tall, (text) => ctx.measureText(text).width);
    paintSignal(ctx, store, this.#layout, look, this.#colours);
    const { left, width: wide } = this.#layout.scale;
    this.overview.draw(store, span, left, wide, look.reverse, look.showMask, this.#colours);
    this.drawOverlay();
  }

  drawOverlay(): void {
    const layout = this.#layout;
    const colours = this.#colours;
    const store = this.#store;
    const host = this.#host;
    if (!layout || !colours || !store.data) return;
    if (this.cursor !== null && this.cursor >= store.data.length) this.cursor = null;
    const ctx = prepare(this.over, layout.width, layout.height);
    const chosen = this.#choice && { places: this.#choice, tool: host.tool() };
    paintOverlay(ctx, store, layout, { cursor: this.cursor, chosen, playhead: host.playhead() }, colours);
  }

  /** The place under a screen position; null outside the panels. */
  placeAt(x: number): number | null {
    const { data } = this.#store;
    const layout = this.#layout;
    if (!data || !layout) return null;
    const { left, width } = layout.scale;
    if (x < left - 6 || x > left + width + 6) return null;
    return this.#clamped(x);
  }

  choose(from: number, to: number, done: boolean): void {
    if (!this.#layout) return;
    const [a, b] = [this.#clamped(from), this.#clamped(to)];
    this.#choice = [min(a, b), max(a, b) + 1];
    if (done) this.#finish();
    this.#host.redrawOverlay();
  }

  dropChoice(): void {
    this.#choice = this.#mark = null;
    this.#host.redrawOverlay();
  }

  /** Begin a stretch at the cursor, or end the one that was begun. True when it has ended. */
  markHere(): boolean {
    const at = this.cursor ?? this.#middle();
    this.cursor = at;
    if (this.#mark === null) {
      this.#mark = at;
      this.#choice = [at, at + 1];
      this.#host.redrawOverlay();
      return false;
    }
    this.#choice = [min(this.#mark, at), max(this.#mark, at) + 1];
    this.#finish();
    return true;
  }

  /** Move the cursor by places as they lie on the screen; the drawing follows it. */
  moveCursor(places: number): void {
    const { data } = this.#store;
    if (!data) return;
    const from = this.cursor ?? this.#middle();
    const rightwards = data.axis.descending === this.#host.look().reverse;
    this.#setCursor(from + (rightwards ? places : -places));
  }

  /** Move the cursor by a share of what is seen; infinite ones go to the ends of all. */
  pageCursor(share: number): void {
    const { data } = this.#store;
    if (!data) return;
    const [start, stop] = data.axis.range(this.#host.span().low, this.#host.span().high);
    const by = finite(share) ? share * (stop - start) : share * data.length;
    this.moveCursor(finite(by) ? Math.trunc(by) || Math.sign(by) : by);
  }

  pan(dx: number): void {
    if (this.#layout) this.#moveOnScreen(-dx / this.#layout.scale.width);
  }

  zoomAt(factor: number, x: number | null): void {
    const { data } = this.#store;
    if (!data || !this.#layout) return;
    const span = this.#host.span();
    const inside = this.cursor !== null && this.#layout ? data.axis.at(this.cursor) : (span.low + span.high) / 2;
    const middle = inside >= span.low && inside <= span.high ? inside : (span.low + span.high) / 2;
    const at = x === null ? middle : this.#layout.scale.position(x);
    this.#host.setSpan(zoomSpan(data.axis, span, factor, at));
  }

  #finish(): void {
    const places = this.#choice;
    this.#choice = this.#mark = null;
    if (places) this.#host.chosen(places, this.#host.tool());
  }

  #setCursor(place: number): void {
    const { axis, length } = this.#store.data!;
    this.cursor = min(length - 1, max(0, round(max(-1e9, min(1e9, place)))));
    if (this.#mark !== null) this.#choice = [min(this.#mark, this.cursor), max(this.#mark, this.cursor) + 1];
    const { low, high } = this.#host.span();
    const at = axis.at(this.cursor);
    if (at < low || at > high) this.#move(at - (at < low ? low : high));
    this.#host.redrawOverlay();
  }

  #clamped(x: number): number {
    const { scale } = this.#layout!;
    return this.#store.data!.axis.indexAt(new Scale(this.#host.span(), scale.left, scale.width, scale.reverse).position(x));
  }

  #middle(): number {
    const { low, high } = this.#host.span();
    return this.#store.data!.axis.indexAt((low + high) / 2);
  }

  #moveOnScreen(share: number): void {
    const { low, high } = this.#host.span();
    this.#move(share * (high - low) * (this.#host.look().reverse ? -1 : 1));
  }

  #move(by: number): void {
    const { data } = this.#store;
    if (data) this.#host.setSpan(moveSpan(data.axis, this.#host.span(), by));
  }
}
