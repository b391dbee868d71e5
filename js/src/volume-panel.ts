// Draws one of the three slices. What a slice looks like is kept as small canvases of the volume's
// own voxels and made anew only when it changes, so that moving the crosshair through the other
// two planes costs a few copies.

import { max, min, round } from "./arithmetic";
import { outline, shadeMask } from "./shading";
import { MapColours } from "./volume-colours";
import { barLength, type Placing } from "./volume-layout";
import type { Plane } from "./volume-planes";
import { project, sameKind, takeSlice, type Voxels } from "./volume-slices";
import type { Layer, Part, VolumeStore } from "./volume-store";
import { GreyTable, type WindowLevel } from "./volume-window";

export interface PanelLook {
  readonly channel: number;
  readonly windowLevel: WindowLevel;
  readonly threshold: number;
  readonly opacity: number;
  readonly colormap: string;
  readonly showMap: boolean;
  readonly showMask: boolean;
  readonly projection: boolean;
}

export interface PanelMarks {
  /** Plane position of the crosshair; null to draw none. */
  readonly crosshair: readonly [number, number] | null;
  /** Plane position of the brush and its diameter in millimetres. */
  readonly brush: readonly [number, number, number] | null;
  readonly bar: boolean;
}

const PAINT = [0, 200, 255, 120] as const;
const OUTLINE = "#ffd34d";
const FILL = [255, 211, 77, 140] as const;
const MOST_PIECES = 6000;
const CROSS = "#7cf29a";

export class PanelPainter {
  readonly #grey = new GreyTable();
  readonly #colours = new MapColours();
  readonly #pictures = new Map<Part, { key: string; canvas: HTMLCanvasElement }>();
  readonly #taken = new Map<Part, { key: string; values: Voxels }>();
  #edge = { key: "", pieces: [] as number[] };
  /** Everything but the marks, at the screen's resolution: moving these costs one copy. */
  readonly #under = document.createElement("canvas");
  #shown = "";
  #versions: Record<Part, number> = { volume: 0, map: 0, mask: 0, paint: 0 };

  readonly #canvas: HTMLCanvasElement;
  readonly #store: VolumeStore;

  constructor(
    canvas: HTMLCanvasElement,
    store: VolumeStore,
  ) {
    this.#canvas = canvas;
    this.#store = store;
  }

  invalidate(part: Part): void {
    if (part === "volume") for (const each of Object.keys(this.#versions)) this.#versions[each as Part]++;
    else this.#versions[part]++;
  }

  draw(plane: Plane, index: number, at: Placing, cell: { width: number; height: number }, look: PanelLook, marks: PanelMarks): void {
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [max(1, round(cell.width * ratio)), max(1, round(cell.height * ratio))];
    if (this.#canvas.width !== w || this.#canvas.height !== h) {
      this.#canvas.width = w;
      this.#canvas.height = h;
    }
    const ctx = this.#canvas.getContext("2d")!;
    const where = this.#where(plane, index, look.projection);
    const key = [w, h, where, ...Object.values(at), ...Object.values(look.windowLevel), ...Object.values(look), ...Object.values(this.#versions)].join(" ");
    if (this.#shown !== key) {
      this.#shown = key;
      this.#under.width = w;
      this.#under.height = h;
      this.#drawLayers(this.#under.getContext("2d")!, plane, index, where, at, look, ratio);
    }
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(this.#under, 0, 0);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (marks.crosshair) drawCross(ctx, at, marks.crosshair, cell);
    if (marks.brush) drawBrush(ctx, plane, at, marks.brush, this.#spacing);
    if (marks.bar && this.#store.orientation?.unit === "mm") drawBar(ctx, at.kx / this.#spacing[plane.cols], cell);
  }

  #drawLayers(ctx: CanvasRenderingContext2D, plane: Plane, index: number, where: string, at: Placing, look: PanelLook, ratio: number): void {
    ctx.fillStyle = "#000";
    ctx.fillRect(0, 0, this.#under.width, this.#under.height);
    const layer = this.#store.channels[look.channel] ?? this.#store.channels[0];
    if (!layer) return;
    ctx.setTransform(ratio * at.kx, 0, 0, ratio * at.ky, ratio * at.x0, ratio * at.y0);
    // Smooth while voxels are small; honest blocks once they can be told apart.
    ctx.imageSmoothingEnabled = min(at.kx, at.ky) < 8;
    ctx.imageSmoothingQuality = "medium";
    ctx.drawImage(this.#volumePicture(layer, plane, index, where, look), 0, 0);
    ctx.imageSmoothingEnabled = false;
    if (look.showMap && this.#store.map) {
      ctx.globalAlpha = look.opacity;
      ctx.drawImage(this.#mapPicture(plane, index, where, look), 0, 0);
      ctx.globalAlpha = 1;
    }
    if (this.#store.history.painted) ctx.drawImage(this.#paintPicture(plane, index, where, look), 0, 0);
    if (look.showMask && this.#store.mask) this.#drawMask(ctx, plane, index, where, look, at, ratio);
  }

  get #spacing() {
    return this.#store.orientation?.spacing ?? [1, 1, 1] as const;
  }

  #where(plane: Plane, index: number, projection: boolean): string {
    const turned = `${plane.through}${plane.cols}${plane.flipCols}${plane.rows}${plane.flipRows}`;
    return `${projection ? "all" : index} ${turned}`;
  }

  #take(part: Part, key: string, data: Voxels, plane: Plane, index: number, projection: boolean): Voxels {
    const { shape } = this.#store;
    const full = `${this.#versions[part]} ${key}`;
    const known = this.#taken.get(part);
    if (known?.key === full) return known.values;
    const size = shape[plane.cols] * shape[plane.rows];
    const out = known?.values.length === size && known.values.constructor === data.constructor
      ? known.values
      : sameKind(data, size);
    if (projection) project(data, shape, plane, out);
    else takeSlice(data, shape, plane, index, out);
    this.#taken.set(part, { key: full, values: out });
    return out;
  }

  #picture(part: Part, key: string, plane: Plane, shade: (image: ImageData) => void): HTMLCanvasElement {
    const [width, height] = [this.#store.shape[plane.cols], this.#store.shape[plane.rows]];
    const full = `${this.#versions[part]} ${key}`;
    const known = this.#pictures.get(part);
    if (known?.key === full) return known.canvas;
    const canvas = known?.canvas ?? document.createElement("canvas");
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const image = new ImageData(width, height);
    shade(image);
    canvas.getContext("2d")!.putImageData(image, 0, 0);
    this.#pictures.set(part, { key: full, canvas });
    return canvas;
  }

  #volumePicture(layer: Layer, plane: Plane, index: number, where: string, look: PanelLook): HTMLCanvasElement {
    const key = `${where} ${look.channel}`;
    const { window, level } = look.windowLevel;
    return this.#picture("volume", `${key} ${window} ${level}`, plane, (image) => {
      const slice = this.#take("volume", key, layer.data, plane, index, look.projection);
      this.#grey.shade(slice, layer.scaling, look.windowLevel, new Uint32Array(image.data.buffer));
    });
  }

  #mapPicture(plane: Plane, index: number, where: string, look: PanelLook): HTMLCanvasElement {
    return this.#picture("map", `${where} ${look.threshold} ${look.colormap}`, plane, (image) => {
      const map = this.#store.map!;
      const slice = this.#take("map", where, map.data, plane, index, look.projection);
      this.#colours.shade(slice, map, look.threshold, look.colormap, image.data);
    });
  }

  #paintPicture(plane: Plane, index: number, where: string, look: PanelLook): HTMLCanvasElement {
    return this.#picture("paint", where, plane, (image) => {
      const slice = this.#take("paint", where, this.#store.history.mask, plane, index, look.projection);
      shadeMask(slice as Uint8Array, PAINT, image.data);
    });
  }

  #drawMask(ctx: CanvasRenderingContext2D, plane: Plane, index: number, where: string, look: PanelLook, at: Placing, ratio: number): void {
    const { shape, mask } = this.#store;
    const key = `${this.#versions.mask} ${where}`;
    if (this.#edge.key !== key) {
      const slice = this.#take("mask", where, mask!, plane, index, look.projection) as Uint8Array;
      this.#edge = { key, pieces: outline(slice, shape[plane.cols], shape[plane.rows]) };
    }
    const { pieces } = this.#edge;
    if (pieces.length > 4 * MOST_PIECES) {
      // Scattered voxels: their outlines would cover them, and take long to draw.
      const picture = this.#picture("mask", where, plane, (image) => {
        shadeMask(this.#take("mask", where, mask!, plane, index, look.projection) as Uint8Array, FILL, image.data);
      });
      ctx.drawImage(picture, 0, 0);
      return;
    }
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.beginPath();
    for (let i = 0; i < pieces.length; i += 4) {
      ctx.moveTo(at.x0 + pieces[i]! * at.kx, at.y0 + pieces[i + 1]! * at.ky);
      ctx.lineTo(at.x0 + pieces[i + 2]! * at.kx, at.y0 + pieces[i + 3]! * at.ky);
    }
    twice(ctx, OUTLINE, 1.5);
  }
}

/** Lines across the whole panel that leave the middle free: it is what one looks at. */
function drawCross(ctx: CanvasRenderingContext2D, at: Placing, place: readonly [number, number], cell: { width: number; height: number }): void {
  const x = round(at.x0 + place[0] * at.kx) + 0.5;
  const y = round(at.y0 + place[1] * at.ky) + 0.5;
  const free = 9;
  ctx.beginPath();
  for (const [a, b, c, d] of [
    [0, y, x - free, y], [x + free, y, cell.width, y], [x, 0, x, y - free], [x, y + free, x, cell.height],
  ] as const) {
    ctx.moveTo(a, b);
    ctx.lineTo(c, d);
  }
  ctx.globalAlpha = 0.85;
  twice(ctx, CROSS, 1);
  ctx.globalAlpha = 1;
}

function drawBrush(ctx: CanvasRenderingContext2D, plane: Plane, at: Placing, brush: readonly [number, number, number], spacing: readonly [number, number, number]): void {
  const radius = (k: number, step: number) => max((brush[2] / 2) * (k / step), k / 2);
  ctx.beginPath();
  ctx.ellipse(
    at.x0 + brush[0] * at.kx, at.y0 + brush[1] * at.ky,
    radius(at.kx, spacing[plane.cols]), radius(at.ky, spacing[plane.rows]), 0, 0, Math.PI * 2,
  );
  twice(ctx, "#ffffff", 1.5);
}

function drawBar(ctx: CanvasRenderingContext2D, perMm: number, cell: { width: number; height: number }): void {
  const length = barLength((cell.width * 0.3) / perMm);
  const [x, y] = [10, cell.height - 12.5];
  const end = x + length * perMm;
  ctx.fillStyle = "rgba(0, 0, 0, 0.55)";
  ctx.fillRect(x - 5, y - 18, end - x + 10, 23);
  ctx.beginPath();
  ctx.moveTo(x, y - 4);
  ctx.lineTo(x, y);
  ctx.lineTo(end, y);
  ctx.lineTo(end, y - 4);
  twice(ctx, "#ffffff", 1);
  const words = length >= 10 ? `${length / 10} cm` : `${length} mm`;
  ctx.font = "11px system-ui, sans-serif";
  ctx.lineWidth = 3;
  ctx.strokeStyle = "rgba(0, 0, 0, 0.7)";
  ctx.strokeText(words, x + 4, y - 4);
  ctx.fillStyle = "#ffffff";
  ctx.fillText(words, x + 4, y - 4);
}

/** Dark below light, so that the line is seen on any picture. */
function twice(ctx: CanvasRenderingContext2D, colour: string, width: number): void {
  ctx.lineWidth = width + 2;
  ctx.strokeStyle = "rgba(0, 0, 0, 0.5)";
  ctx.stroke();
  ctx.lineWidth = width;
  ctx.strokeStyle = colour;
  ctx.stroke();
}

