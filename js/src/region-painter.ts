// Draws the region editor: picture, regions, what is being drawn, crosshair. Each region has a
// canvas of the screen's size that is shaded again only where its pixels have changed.

import { abs, max, min, round } from "./arithmetic";
import { onScreen, rgb, shadeRegion, type Placing } from "./region-overlay";
import type { Draft } from "./region-draft";
import { PicturePyramid } from "./region-picture";
import { softly } from "./region-soft";
import { UNIT, type Drawn, type Rect } from "./region-shapes";
import type { RegionStore } from "./region-store";
import { originOf, scaleOf, type Sizes, type Viewport } from "./viewport";

export interface Scene {
  readonly draft: Draft | null;
  /** Selected shape where it is shown now, and the pixels that it can cover. */
  readonly selected: { readonly shape: Drawn; readonly bounds: Rect | null } | null;
  readonly crosshair: readonly [number, number] | null;
  /** Centre and diameter of the brush, in picture pixels. */
  readonly brush: readonly [number, number, number] | null;
  /** 0..1, of the inside of the active region. */
  readonly opacity: number;
  /** Whether soft borders are shown; not while a brush is down. */
  readonly soft: boolean;
}

interface Layer {
  readonly canvas: HTMLCanvasElement;
  /** Picture pixels to shade again; "all" after zooming, null if it is as it should be. */
  stale: Rect | "all" | null;
  look: string;
}

const OP_COLOURS = { add: "#ffffff", subtract: "#ff8a80", intersect: "#ffd34d" };

export class RegionPainter {
  readonly #pyramid = new PicturePyramid();
  readonly #ground = document.createElement("canvas");
  readonly #layers = new Map<string, Layer>();
  #placed = "";

  readonly #canvas: HTMLCanvasElement;
  readonly #store: RegionStore;

  constructor(
    canvas: HTMLCanvasElement,
    store: RegionStore,
  ) {
    this.#canvas = canvas;
    this.#store = store;
  }

  newPicture(): void {
    const { picture, width, height } = this.#store;
    if (picture) this.#pyramid.set(picture, width, height);
    this.#placed = "";
    this.#layers.clear();
  }

  /** Pixels of a region have changed. */
  touch(name: string, rect: Rect): void {
    const layer = this.#layers.get(name);
    if (!layer || layer.stale === "all") return;
    const was = layer.stale;
    layer.stale = was
      ? {
          x0: min(was.x0, rect.x0),
          y0: min(was.y0, rect.y0),
          x1: max(was.x1, rect.x1),
          y1: max(was.y1, rect.y1),
        }
      : rect;
  }

  draw(view: Viewport, sizes: Sizes, scene: Scene): void {
    const canvas = this.#canvas;
    const store = this.#store;
    const ground = this.#ground;
    const ratio = window.devicePixelRatio || 1;
    const w = max(1, round(sizes.canvasWidth * ratio));
    const h = max(1, round(sizes.canvasHeight * ratio));
    resize(canvas, w, h);
    const ctx = canvas.getContext("2d")!;
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, w, h);
    if (!store.picture) return;
    const [x, y] = originOf(view, sizes);
    const at = { x: x * ratio, y: y * ratio, scale: scaleOf(view, sizes) * ratio };
    const placed = `${w} ${h} ${at.x} ${at.y} ${at.scale}`;
    if (placed !== this.#placed) {
      this.#placed = placed;
      resize(ground, w, h);
      const under = ground.getContext("2d")!;
      under.clearRect(0, 0, w, h);
      this.#pyramid.draw(under, at.x, at.y, at.scale);
      for (const layer of this.#layers.values()) layer.stale = "all";
    }
    ctx.drawImage(ground, 0, 0);
    const { names, active } = store.edits;
    for (const name of [...this.#layers.keys()]) if (!names.includes(name)) this.#layers.delete(name);
    for (const name of [...names.filter((n) => n !== active), active]) {
      ctx.drawImage(this.#layer(name, name === active, w, h, at, scene), 0, 0);
    }
    ctx.setTransform(at.scale, 0, 0, at.scale, at.x, at.y);
    drawScene(ctx, scene, at.scale, ratio);
  }

  #layer(
    name: string,
    active: boolean,
    w: number,
    h: number,
    at: Placing,
    scene: Scene,
  ): HTMLCanvasElement {
    const { edits } = this.#store;
    let layer = this.#layers.get(name);
    if (!layer) {
      layer = { canvas: document.createElement("canvas"), stale: "all", look: "" };
      this.#layers.set(name, layer);
    }
    const feathered = scene.soft && edits.region(name).feather > 0;
    const fill = round(255 * scene.opacity * (active ? 1 : 0.45));
    const look = `${this.#store.colour(name)} ${fill} ${active} ${feathered}`;
    if (look !== layer.look) {
      layer.look = look;
      layer.stale = "all";
    }
    if (resize(layer.canvas, w, h)) layer.stale = "all";
    // A soft border reaches as far as the feather; shading all is simpler, and rare.
    if (layer.stale && feathered) layer.stale = "all";
    if (!layer.stale) return layer.canvas;
    const rect =
      layer.stale === "all" ? { x0: 0, y0: 0, x1: w, y1: h } : onScreen(layer.stale, at, w, h);
    layer.stale = null;
    if (rect.x1 <= rect.x0 || rect.y1 <= rect.y0) return layer.canvas;
    const pixels = shadeRegion(
      edits.shown(name),
      edits.width,
      edits.height,
      at,
      rect,
      { colour: rgb(this.#store.colour(name)), fill, rim: active ? 255 : 150 },
      feathered ? softly(this.#store, name) : null,
    );
    const image = new ImageData(pixels, rect.x1 - rect.x0, rect.y1 - rect.y0);
    layer.canvas.getContext("2d")!.putImageData(image, rect.x0, rect.y0);
    return layer.canvas;
  }
}

function resize(canvas: HTMLCanvasElement, w: number, h: number): boolean {
  if (canvas.width === w && canvas.height === h) return false;
  canvas.width = w;
  canvas.height = h;
  return true;
}

/** In picture coordinates; `k` device pixels a picture pixel. */
function drawScene(ctx: CanvasRenderingContext2D, scene: Scene, k: number, ratio: number): void {
  const px = ratio / k;
  if (scene.selected) {
    ctx.beginPath();
    const { shape, bounds } = scene.selected;
    if (shape.kind === "pixels" || shape.kind === "brush") {
      if (bounds) ctx.rect(bounds.x0, bounds.y0, bounds.x1 - bounds.x0, bounds.y1 - bounds.y0);
    } else trace(ctx, shape.kind, shape.points);
    ants(ctx, px);
  }
  const { draft } = scene;
  if (draft) drawDraft(ctx, draft, px);
  if (scene.brush) {
    const [x, y, size] = scene.brush;
    ctx.beginPath();
    ctx.arc(x, y, max(size / 2, 0.5), 0, Math.PI * 2);
    twice(ctx, px, "#ffffff", 1.5);
  }
  if (scene.crosshair) {
    const [x, y] = [scene.crosshair[0] + 0.5, scene.crosshair[1] + 0.5];
    const inner = max(4 * px, 0.5);
    const outer = inner + 9 * px;
    ctx.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const) {
      ctx.moveTo(x + dx * inner, y + dy * inner);
      ctx.lineTo(x + dx * outer, y + dy * outer);
    }
    ctx.rect(x - 0.5, y - 0.5, 1, 1);
    twice(ctx, px, "#ffffff", 2);
  }
}

function drawDraft(ctx: CanvasRenderingContext2D, draft: Draft, px: number): void {
  const { tool, op } = draft.settings;
  if (tool === "brush" || tool === "eraser") return;
  ctx.beginPath();
  if (tool === "box" || tool === "ellipse") trace(ctx, tool, draft.corners());
  else trace(ctx, "polygon", [...draft.points, ...draft.loose], tool === "polygon");
  ctx.fillStyle = "rgba(255, 255, 255, 0.18)";
  ctx.fill("evenodd");
  twice(ctx, px, OP_COLOURS[op], 1.75);
  if (tool !== "polygon") return;
  for (let i = 0; i < draft.points.length; i += 2) {
    const r = (i === 0 && draft.points.length >= 6 ? 5.5 : 3.5) * px;
    ctx.beginPath();
    ctx.rect(draft.points[i]! / UNIT - r, draft.points[i + 1]! / UNIT - r, 2 * r, 2 * r);
    ctx.fillStyle = OP_COLOURS[op];
    ctx.fill();
    ctx.lineWidth = px;
    ctx.strokeStyle = "rgba(0, 0, 0, 0.8)";
    ctx.stroke();
  }
}

/** A path of a shape's outline from points in 1/256 pixel. */
function trace(
  ctx: CanvasRenderingContext2D,
  kind: "box" | "ellipse" | "polygon",
  points: readonly number[],
  open = false,
): void {
  const p = points.map((v) => v / UNIT);
  if (kind === "polygon") {
    for (let i = 0; i < p.length; i += 2) ctx.lineTo(p[i]!, p[i + 1]!);
    if (!open) ctx.closePath();
    return;
  }
  const [x0, y0, x1, y1] = p as [number, number, number, number];
  if (kind === "box") ctx.rect(x0, y0, x1 - x0, y1 - y0);
  else {
    const [rx, ry] = [abs(x1 - x0) / 2, abs(y1 - y0) / 2];
    ctx.ellipse((x0 + x1) / 2, (y0 + y1) / 2, rx, ry, 0, 0, Math.PI * 2);
  }
}

/** Light dashes on dark: seen on any picture. */
function ants(ctx: CanvasRenderingContext2D, px: number): void {
  ctx.lineWidth = 2.5 * px;
  ctx.strokeStyle = "rgba(0, 0, 0, 0.85)";
  ctx.stroke();
  ctx.setLineDash([5 * px, 4 * px]);
  ctx.lineWidth = 1.5 * px;
  ctx.strokeStyle = "#ffffff";
  ctx.stroke();
  ctx.setLineDash([]);
}

function twice(ctx: CanvasRenderingContext2D, px: number, colour: string, width: number): void {
  ctx.lineWidth = (width + 2) * px;
  ctx.strokeStyle = "rgba(0, 0, 0, 0.65)";
  ctx.stroke();
  ctx.lineWidth = width * px;
  ctx.strokeStyle = colour;
  ctx.stroke();
}
