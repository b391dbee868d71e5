// Carries out what the person does to the linked views: it sets the model's traits, and decides
// when the kernel hears of them.

import { max, min } from "./arithmetic";
import type { LinkedActions } from "./linked-input";
import { nearestPixel, pixelAt, rectOf, type Pixel, type Rect } from "./linked-selection";
import { readState, type Tool } from "./linked-state";
import type { LinkedStore } from "./linked-store";
import type { Pane } from "./linked-tile";
import type { ToolbarActions } from "./linked-toolbar";
import { num, type Model } from "./model";
import { clampView, scaleOf, toPicture, zoomAt, type Sizes, type Viewport } from "./viewport";

export interface Screen {
  /** One of the panes that are shown; they are all of one size. */
  pane(): Pane | undefined;
  say(words: string): void;
  describe(): string;
}

export class LinkedActor implements LinkedActions, ToolbarActions {
  /** The rectangle while it is being drawn. */
  drawn: Rect | null = null;
  /** First corner of a selection made with the keyboard. */
  #anchor: Pixel | null = null;
  #untold = false;

  readonly #model: Model;
  readonly #store: LinkedStore;
  readonly #screen: Screen;

  constructor(
    model: Model,
    store: LinkedStore,
    screen: Screen,
  ) {
    this.#model = model;
    this.#store = store;
    this.#screen = screen;
  }

  /** Where the picture lies on a canvas: the same part of it in all views. */
  viewport(sizes: Sizes): Viewport {
    const m = this.#model;
    return clampView({ zoom: num(m, "zoom", 1), panX: num(m, "pan_x", 0), panY: num(m, "pan_y", 0) }, sizes);
  }

  /**
   * Tell the kernel what has been set since it was told last. Sliders, zoom and cursor set
   * traits of the browser's model only; this is called when the person leaves the widget.
   */
  tell(): void {
    if (!this.#untold) return;
    this.#untold = false;
    this.#model.save_changes();
  }

  slide(name: string, v: unknown): void {
    this.#untold = true;
    this.#model.set(name, v);
  }

  choose(name: string, v: unknown): void {
    this.slide(name, v);
    this.tell();
  }

  swap(): void {
    const { pair } = readState(this.#model, this.#store);
    if (!pair) return;
    this.slide("first", pair[1].name);
    this.choose("second", pair[0].name);
  }

  setTool(tool: Tool): void {
    this.choose("tool", tool);
    this.#screen.say(tool);
  }

  tool(): Tool {
    return readState(this.#model, this.#store).tool;
  }

  hover(canvas: HTMLCanvasElement, x: number, y: number): void {
    const { width, height } = this.#store;
    this.#store.setHover(pixelAt(...this.#at(canvas, x, y), width, height));
  }

  leave(): void {
    this.#store.setHover(null);
  }

  tap(canvas: HTMLCanvasElement, x: number, y: number): void {
    const { width, height } = this.#store;
    const pixel = pixelAt(...this.#at(canvas, x, y), width, height);
    this.slide("cursor", pixel ?? []);
  }

  select(
    canvas: HTMLCanvasElement,
    from: readonly [number, number],
    to: readonly [number, number],
    done: boolean,
  ): void {
    const { width, height } = this.#store;
    if (!width) return;
    const corner = (p: readonly [number, number]) => nearestPixel(...this.#at(canvas, ...p), width, height);
    this.#setDrawn(rectOf(corner(from), corner(to)), done);
  }

  pan(canvas: HTMLCanvasElement, dx: number, dy: number): void {
    const sizes = this.#sizesOf(canvas);
    const v = this.viewport(sizes);
    const k = scaleOf(v, sizes);
    this.#setView(clampView({ ...v, panX: v.panX - dx / k, panY: v.panY - dy / k }, sizes));
  }

  zoomAt(canvas: HTMLCanvasElement, factor: number, x: number, y: number): void {
    const sizes = this.#sizesOf(canvas);
    this.#setView(zoomAt(this.viewport(sizes), sizes, factor, x, y));
  }

  zoom(factor: number): void {
    const pane = this.#screen.pane();
    if (!pane) return;
    const { clientWidth, clientHeight } = pane.over;
    this.zoomAt(pane.over, factor, clientWidth / 2, clientHeight / 2);
    this.#screen.say(`zoom ${num(this.#model, "zoom", 1).toFixed(1)}`);
  }

  fit(): void {
    this.#setView({ zoom: 1, panX: 0, panY: 0 });
  }

  moveCursor(dx: number, dy: number): void {
    const store = this.#store;
    const { width, height } = store;
    if (!width) return;
    const from = readState(this.#model, store).cursor ?? store.hover ?? [width >> 1, height >> 1];
    const next = nearestPixel(from[0] + dx, from[1] + dy, width, height);
    // The keyboard has taken over from a pointer that rests somewhere.
    store.setHover(null);
    this.slide("cursor", next);
    if (this.#anchor) this.#setDrawn(rectOf(this.#anchor, next), false);
    this.#reveal(next);
    this.#screen.say(this.#screen.describe());
  }

  corner(): void {
    const { cursor } = readState(this.#model, this.#store);
    const at = cursor ?? this.#store.hover;
    if (!at) return;
    if (!this.#anchor) {
      this.#anchor = at;
      this.slide("cursor", at);
      this.#setDrawn(rectOf(at, at), false);
      this.#screen.say("first corner set");
    } else {
      this.#setDrawn(rectOf(this.#anchor, at), true);
      this.#screen.say("selected");
    }
  }

  cancel(): void {
    // The first time what is being drawn, then what has been.
    if (this.drawn) this.#setDrawn(null, false);
    else {
      this.slide("cursor", []);
      this.unselect();
    }
  }

  unselect(): void {
    this.choose("selection", []);
  }

  #setDrawn(rect: Rect | null, done: boolean): void {
    this.drawn = done ? null : rect;
    if (done || !rect) this.#anchor = null;
    if (done && rect) this.choose("selection", [...rect]);
    this.#store.changed("hover");
  }

  #setView(v: Viewport): void {
    this.slide("zoom", v.zoom);
    this.slide("pan_x", v.panX);
    this.slide("pan_y", v.panY);
  }

  /** Pan so far that a pixel can be seen. */
  #reveal([x, y]: Pixel): void {
    const pane = this.#screen.pane();
    if (!pane) return;
    const sizes = this.#sizesOf(pane.over);
    const v = this.viewport(sizes);
    const k = scaleOf(v, sizes);
    const towards = (pan: number, middle: number, room: number) =>
      min(middle + room, max(middle - room, pan));
    const roomX = max(0, sizes.canvasWidth / 2 / k - 1);
    const roomY = max(0, sizes.canvasHeight / 2 / k - 1);
    const panX = towards(v.panX, x + 0.5 - sizes.width / 2, roomX);
    const panY = towards(v.panY, y + 0.5 - sizes.height / 2, roomY);
    if (panX !== v.panX || panY !== v.panY) this.#setView(clampView({ ...v, panX, panY }, sizes));
  }

  #sizesOf(canvas: HTMLCanvasElement): Sizes {
    const { width, height } = this.#store;
    return {
      canvasWidth: canvas.clientWidth || 1,
      canvasHeight: canvas.clientHeight || 1,
      width: width || 1,
      height: height || 1,
    };
  }

  #at(canvas: HTMLCanvasElement, x: number, y: number): [number, number] {
    const sizes = this.#sizesOf(canvas);
    return toPicture(this.viewport(sizes), sizes, x, y);
  }
}
