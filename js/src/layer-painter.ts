// Draws the layers on a canvas. Each layer is kept as a small canvas of the picture's own size
// and shaded again only when it changes, so that zooming and painting cost one copy a frame.

import { max, round } from "./arithmetic";
import { colourTable } from "./colormaps";
import type { LayerStore } from "./layer-store";
import { shadeMap, shadeMask, shadePicture } from "./shading";
import { originOf, scaleOf, type Sizes, type Viewport } from "./viewport";

export interface Look {
  readonly threshold: number;
  readonly opacity: number;
  readonly colormap: string;
  readonly showPicture: boolean;
  readonly showMap: boolean;
  readonly showMask: boolean;
}

export interface Overlay {
  /** Pixel that the keyboard's crosshair is on. */
  readonly crosshair: readonly [number, number] | null;
  /** Where the brush would paint, in picture pixels, and its diameter. */
  readonly brush: readonly [number, number, number] | null;
}

const DIM = [12, 14, 18, 160] as const;
const PAINT = [0, 200, 255, 130] as const;

type LayerName = "picture" | "map" | "dim" | "paint";

export class LayerPainter {
  #layers = new Map<LayerName, HTMLCanvasElement>();
  #stale = new Set<LayerName>(["picture", "map", "dim", "paint"]);
  #shadedMap = "";

  readonly #canvas: HTMLCanvasElement;
  readonly #store: LayerStore;

  constructor(
    canvas: HTMLCanvasElement,
    store: LayerStore,
  ) {
    this.#canvas = canvas;
    this.#store = store;
  }

  invalidate(part: "picture" | "map" | "mask" | "paint"): void {
    if (part === "picture") this.#stale = new Set(["picture", "map", "dim", "paint"]);
    else this.#stale.add(part === "mask" ? "dim" : part);
  }

  draw(view: Viewport, sizes: Sizes, look: Look, overlay: Overlay): void {
    const canvas = this.#canvas;
    const store = this.#store;
    const ratio = window.devicePixelRatio || 1;
    const w = max(1, round(sizes.canvasWidth * ratio));
    const h = max(1, round(sizes.canvasHeight * ratio));
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
    }
    const ctx = canvas.getContext("2d")!;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, w, h);
    if (!store.picture) return;
    const k = scaleOf(view, sizes);
    const [ox, oy] = originOf(view, sizes);
    ctx.setTransform(ratio * k, 0, 0, ratio * k, ratio * ox, ratio * oy);

    ctx.fillStyle = "#26282c";
    ctx.fillRect(0, 0, store.width, store.height);
    if (look.showPicture) {
      // Smooth while pixels are small; honest squares once they can be told apart.
      ctx.imageSmoothingEnabled = k < 4;
      ctx.imageSmoothingQuality = "high";
      ctx.drawImage(this.#layer("picture", (rgba) => shadePicture(store.picture!, rgba)), 0, 0);
    }
    ctx.imageSmoothingEnabled = false;
    const mask = look.showMask ? store.mask : null;
    if (mask) ctx.drawImage(this.#layer("dim", (rgba) => shadeMask(mask.pixels, DIM, rgba, true)), 0, 0);
    if (look.showMap && store.map) this.#drawMap(ctx, look);
    ctx.drawImage(this.#layer("paint", (rgba) => shadeMask(store.history.mask, PAINT, rgba)), 0, 0);
    if (mask) drawOutline(ctx, mask.outline, k);
    drawOverlay(ctx, overlay, k);
  }

  #drawMap(ctx: CanvasRenderingContext2D, look: Look): void {
    const map = this.#store.map!;
    const key = `${look.threshold} ${look.colormap}`;
    if (key !== this.#shadedMap) {
      this.#stale.add("map");
      this.#shadedMap = key;
    }
    const layer = this.#layer("map", (rgba) =>
      shadeMap(map.values, map.top, look.threshold, colourTable(look.colormap), rgba),
    );
    ctx.globalAlpha = look.opacity;
    ctx.drawImage(layer, 0, 0);
    ctx.globalAlpha = 1;
  }

  #layer(name: LayerName, shade: (rgba: Uint8ClampedArray) => void): HTMLCanvasElement {
    const { width, height } = this.#store;
    let layer = this.#layers.get(name);
    if (!layer) {
      layer = document.createElement("canvas");
      this.#layers.set(name, layer);
    }
    if (this.#stale.has(name) || layer.width !== width || layer.height !== height) {
      layer.width = width;
      layer.height = height;
      const image = new ImageData(width, height);
      shade(image.data);
      layer.getContext("2d")!.putImageData(image, 0, 0);
      this.#stale.delete(name);
    }
    return layer;
  }
}

/** Dark below light, so that the line is seen on any picture. */
function drawOutline(ctx: CanvasRenderingContext2D, pieces: readonly number[], k: number): void {
  ctx.beginPath();
  for (let i = 0; i < pieces.length; i += 4) {
    ctx.moveTo(pieces[i]!, pieces[i + 1]!);
    ctx.lineTo(pieces[i + 2]!, pieces[i + 3]!);
  }
  ctx.lineCap = "square";
  twice(ctx, k, "#ffd34d", 1.5);
}

function drawOverlay(ctx: CanvasRenderingContext2D, overlay: Overlay, k: number): void {
  if (overlay.brush) {
    const [x, y, size] = overlay.brush;
    ctx.beginPath();
    ctx.arc(x, y, max(size / 2, 0.5), 0, Math.PI * 2);
    twice(ctx, k, "#ffffff", 1.5);
  }
  if (overlay.crosshair) {
    const [x, y] = [overlay.crosshair[0] + 0.5, overlay.crosshair[1] + 0.5];
    const [inner, outer] = [4 / k, 12 / k];
    ctx.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      ctx.moveTo(x + dx * inner, y + dy * inner);
      ctx.lineTo(x + dx * outer, y + dy * outer);
    }
    ctx.rect(x - 0.5, y - 0.5, 1, 1);
    twice(ctx, k, "#ffffff", 2);
  }
}

function twice(ctx: CanvasRenderingContext2D, k: number, colour: string, width: number): void {
  ctx.lineWidth = (width + 2) / k;
  ctx.strokeStyle = "rgba(0, 0, 0, 0.65)";
  ctx.stroke();
  ctx.lineWidth = width / k;
  ctx.strokeStyle = colour;
  ctx.stroke();
}
