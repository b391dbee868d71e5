// Draws views on canvases. Each view is kept as a small canvas of the picture's own size and
// shaded again only when its look changes, so that zooming costs one copy per view and frame.

import { max, round } from "./arithmetic";
import { colourTable } from "./colormaps";
import { DIFFERENCE_STRENGTH, divergingTable, MAP_STRENGTH, pixelTable, shadePlaces } from "./linked-colours";
import { FilteredLayer, type Layer } from "./linked-layer";
import type { Pixel, Rect } from "./linked-selection";
import type { State } from "./linked-state";
import type { LinkedStore, Shown } from "./linked-store";
import { shadeMask, shadePicture } from "./shading";
import { originOf, scaleOf, type Sizes, type Viewport } from "./viewport";

const GROUND = "#1d1f23";
const DIM = [12, 14, 18, 170] as const;
const LIGHT = [236, 238, 241, 255] as const;
/** Around noise a line would be all that is seen, and slow to draw. */
const MOST_PIECES = 20000;

interface Kept {
  readonly canvas: HTMLCanvasElement;
  look: string;
  /** A filtered view has another one for every quantile. */
  layer: Layer;
}

export class LinkedPainter {
  #kept = new Map<number, Kept>();
  #scratch = document.createElement("canvas");

  readonly #store: LinkedStore;

  constructor(store: LinkedStore) {
    this.#store = store;
  }

  /** Forget the pixels of views that are gone. */
  prune(): void {
    const known = new Set(this.#store.views.map((v) => v.id));
    for (const id of [...this.#kept.keys()]) if (!known.has(id)) this.#kept.delete(id);
  }

  /** One view over the whole canvas. */
  single(canvas: HTMLCanvasElement, view: Viewport, sizes: Sizes, shown: Shown, state: State): void {
    const { ctx, k } = begin(canvas, view, sizes);
    this.#compose(ctx, k, shown, state);
  }

  /** Two views on one canvas: the second beside a divider, or through the first. */
  both(canvas: HTMLCanvasElement, view: Viewport, sizes: Sizes, state: State): void {
    if (!state.pair) return;
    const [first, second] = state.pair;
    this.single(canvas, view, sizes, first, state);
    this.single(this.#scratch, view, sizes, second, state);
    const ctx = canvas.getContext("2d")!;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    const { width, height } = canvas;
    if (state.mode === "overlay") {
      ctx.globalAlpha = state.blend;
      ctx.drawImage(this.#scratch, 0, 0);
      ctx.globalAlpha = 1;
    } else {
      const x = round(state.divider * width);
      ctx.clearRect(x, 0, width - x, height);
      if (x < width) ctx.drawImage(this.#scratch, x, 0, width - x, height, x, 0, width - x, height);
    }
  }

  #compose(ctx: CanvasRenderingContext2D, k: number, shown: Shown, state: State): void {
    const store = this.#store;
    const below = shown.kind !== "picture" && state.overPicture ? store.picture : null;
    ctx.fillStyle = GROUND;
    ctx.fillRect(0, 0, store.width, store.height);
    // Smooth while pixels are small; honest squares once they can be told apart.
    ctx.imageSmoothingQuality = "high";
    ctx.imageSmoothingEnabled = k < 4;
    if (below) ctx.drawImage(this.#pixels(below, state), 0, 0);
    ctx.imageSmoothingEnabled = shown.kind === "picture" && k < 4;
    const map = shown.kind === "map" || shown.kind === "difference";
    ctx.globalAlpha = map && below ? state.opacity : 1;
    ctx.drawImage(this.#pixels(shown, state), 0, 0);
    ctx.globalAlpha = 1;
    const { layer } = shown;
    // Where little importance is, hidden places look like shown ones: a line says which is which.
    const filtered = layer instanceof FilteredLayer && layer.outline.length < MOST_PIECES * 4;
    if ((shown.kind === "mask" && below) || filtered) {
      ctx.beginPath();
      trace(ctx, layer.outline);
      twice(ctx, k, filtered ? "#fff" : "#ffd34d", filtered ? 1 : 1.5);
    }
  }

  #pixels(shown: Shown, state: State): HTMLCanvasElement {
    const { width, height } = this.#store;
    const { layer, kind, id } = shown;
    const look =
      kind === "map"
        ? `${state.top} ${state.colormap}`
        : kind === "difference"
          ? String(state.top)
          : kind === "mask"
            ? String(state.overPicture)
            : "";
    let kept = this.#kept.get(id);
    if (kept?.look === look && kept.layer === layer) return kept.canvas;
    if (!kept) this.#kept.set(id, (kept = { canvas: document.createElement("canvas"), look, layer }));
    kept.look = look;
    kept.layer = layer;
    // Setting the size clears the canvas and costs its memory anew: only when it changes.
    if (kept.canvas.width !== width) kept.canvas.width = width;
    if (kept.canvas.height !== height) kept.canvas.height = height;
    const image = new ImageData(width, height);
    if (kind === "picture") shadePicture(layer.bytes, image.data);
    else if (kind === "map" || kind === "difference") {
      const table =
        kind === "map"
          ? pixelTable(colourTable(state.colormap), MAP_STRENGTH)
          : pixelTable(divergingTable(), DIFFERENCE_STRENGTH);
      const pixels = new Uint32Array(image.data.buffer);
      shadePlaces(layer.places, layer.sizes, layer.cut(state.top), table, pixels, layer.bytes);
    } else if (state.overPicture) shadeMask(layer.bytes, DIM, image.data, true);
    else shadeMask(layer.bytes, LIGHT, image.data);
    kept.canvas.getContext("2d")!.putImageData(image, 0, 0);
    return kept.canvas;
  }
}

/** Cursor and selection, on a transparent canvas above: moving the pointer redraws this alone. */
export function drawOver(
  canvas: HTMLCanvasElement,
  view: Viewport,
  sizes: Sizes,
  cursor: Pixel | null,
  selection: Rect | null,
): void {
  const { ctx, k } = begin(canvas, view, sizes);
  if (selection) {
    const [x0, y0, x1, y1] = selection;
    ctx.beginPath();
    ctx.rect(x0, y0, x1 - x0, y1 - y0);
    ctx.fillStyle = "rgba(255, 255, 255, 0.10)";
    ctx.fill();
    twice(ctx, k, "#ffffff", 1.5, [6 / k, 4 / k]);
  }
  if (!cursor) return;
  const [x, y] = [cursor[0] + 0.5, cursor[1] + 0.5];
  const [inner, outer] = [max(5 / k, 0.5), 15 / k + 0.5];
  ctx.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
    ctx.moveTo(x + dx * inner, y + dy * inner);
    ctx.lineTo(x + dx * outer, y + dy * outer);
  }
  if (k >= 4) ctx.rect(x - 0.5, y - 0.5, 1, 1);
  twice(ctx, k, "#ffffff", 1.5);
}

function begin(canvas: HTMLCanvasElement, view: Viewport, sizes: Sizes) {
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
  const k = scaleOf(view, sizes);
  const [ox, oy] = originOf(view, sizes);
  ctx.setTransform(ratio * k, 0, 0, ratio * k, ratio * ox, ratio * oy);
  return { ctx, k };
}

function trace(ctx: CanvasRenderingContext2D, pieces: readonly number[]): void {
  for (let i = 0; i < pieces.length; i += 4) {
    ctx.moveTo(pieces[i]!, pieces[i + 1]!);
    ctx.lineTo(pieces[i + 2]!, pieces[i + 3]!);
  }
}

/** Dark below light, so that the line is seen on any picture. */
function twice(ctx: CanvasRenderingContext2D, k: number, colour: string, width: number, dash: number[] = []): void {
  ctx.lineCap = "butt";
  ctx.lineWidth = (width + 2) / k;
  ctx.strokeStyle = "rgba(0, 0, 0, 0.6)";
  ctx.stroke();
  ctx.setLineDash(dash);
  ctx.lineWidth = width / k;
  ctx.strokeStyle = colour;
  ctx.stroke();
  ctx.setLineDash([]);
}
