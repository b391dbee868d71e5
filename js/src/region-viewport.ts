// Where the picture lies in one view: read from the model's traits, changed by pan and zoom.

import { max, min } from "./arithmetic";
import { num, type Model } from "./model";
import { clampView, originOf, scaleOf, toPicture, zoomAt, type Sizes, type Viewport } from "./viewport";

/** A crosshair is kept this far from the rim, in CSS pixels. */
const MARGIN = 16;

export class RegionViewport {
  readonly #model: Model;
  readonly #canvas: HTMLCanvasElement;
  readonly #picture: () => { readonly width: number; readonly height: number };
  readonly #save: (name: string, value: number) => void;

  constructor(
    model: Model,
    canvas: HTMLCanvasElement,
    picture: () => { readonly width: number; readonly height: number },
    save: (name: string, value: number) => void,
  ) {
    this.#model = model;
    this.#canvas = canvas;
    this.#picture = picture;
    this.#save = save;
  }

  get sizes(): Sizes {
    const { width, height } = this.#picture();
    const [w, h] = [this.#canvas.clientWidth || 1, this.#canvas.clientHeight || 1];
    return { canvasWidth: w, canvasHeight: h, width: width || 1, height: height || 1 };
  }

  get view(): Viewport {
    const m = this.#model;
    const view = { zoom: num(m, "zoom", 1), panX: num(m, "pan_x", 0), panY: num(m, "pan_y", 0) };
    return clampView(view, this.sizes);
  }

  set view(v: Viewport) {
    this.#model.set("zoom", v.zoom);
    this.#model.set("pan_x", v.panX);
    this.#save("pan_y", v.panY);
  }

  get scale(): number {
    return scaleOf(this.view, this.sizes);
  }

  toPicture(x: number, y: number): [number, number] {
    return toPicture(this.view, this.sizes, x, y);
  }

  panBy(dx: number, dy: number): void {
    const v = this.view;
    const k = this.scale;
    this.view = clampView({ ...v, panX: v.panX - dx / k, panY: v.panY - dy / k }, this.sizes);
  }

  zoomAt(factor: number, x: number, y: number): void {
    this.view = zoomAt(this.view, this.sizes, factor, x, y);
  }

  zoom(factor: number): void {
    const { canvasWidth, canvasHeight } = this.sizes;
    this.zoomAt(factor, canvasWidth / 2, canvasHeight / 2);
  }

  fit(): void {
    this.view = { zoom: 1, panX: 0, panY: 0 };
  }

  /** Pan just so far that a place of the picture is seen. */
  reveal(x: number, y: number): void {
    const { sizes, scale } = this;
    const [ox, oy] = originOf(this.view, sizes);
    const out = (p: number, room: number) =>
      max(0, MARGIN - p) || min(0, room - MARGIN - p);
    const dx = out(ox + x * scale, sizes.canvasWidth);
    const dy = out(oy + y * scale, sizes.canvasHeight);
    if (dx || dy) this.panBy(dx, dy);
  }
}
