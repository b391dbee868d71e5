// Brush geometry and the undo stack. Positions are in picture pixels: (0, 0) is the outer
// corner of the first pixel, so the middle of the first pixel is (0.5, 0.5).

import { ceil, floor, max, min, round } from "./arithmetic";

export type PaintTool = "brush" | "eraser";

/** One movement of the brush or eraser (`size` is its diameter), or a wipe of everything. */
export type Stroke =
  | { readonly tool: PaintTool; readonly size: number; readonly points: number[][] }
  | { readonly tool: "clear" };

/** Paint (1) or erase (0) all pixels whose middle is within the brush along one line piece. */
export function paintPiece(
  mask: Uint8Array,
  width: number,
  height: number,
  from: readonly number[],
  to: readonly number[],
  size: number,
  value: 0 | 1,
): void {
  // A brush smaller than a pixel would slip between the middles of pixels.
  const radius = max(size / 2, 0.5);
  const [x0, y0, x1, y1] = [from[0]!, from[1]!, to[0]!, to[1]!];
  const dx = x1 - x0;
  const dy = y1 - y0;
  const length2 = dx * dx + dy * dy;
  const left = max(0, floor(min(x0, x1) - radius));
  const right = min(width - 1, ceil(max(x0, x1) + radius));
  const top = max(0, floor(min(y0, y1) - radius));
  const bottom = min(height - 1, ceil(max(y0, y1) + radius));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const px = x + 0.5 - x0;
      const py = y + 0.5 - y0;
      const t = length2 ? min(1, max(0, (px * dx + py * dy) / length2)) : 0;
      const ex = px - t * dx;
      const ey = py - t * dy;
      if (ex * ex + ey * ey <= radius * radius) mask[y * width + x] = value;
    }
  }
  // The pixel under the middle always counts, wherever in the pixel the pointer is.
  const cx = floor(x1);
  const cy = floor(y1);
  if (cx >= 0 && cy >= 0 && cx < width && cy < height) mask[cy * width + cx] = value;
}

/** Carry out one stroke on a mask, in place. */
export function applyStroke(mask: Uint8Array, width: number, height: number, s: Stroke): void {
  if (s.tool === "clear") {
    mask.fill(0);
    return;
  }
  const value = s.tool === "brush" ? 1 : 0;
  for (let i = 0; i < s.points.length; i++) {
    paintPiece(mask, width, height, s.points[max(0, i - 1)]!, s.points[i]!, s.size, value);
  }
}

/** Add a point unless it hardly differs from the last one: keeps messages small. */
export function addPoint(points: number[][], x: number, y: number): boolean {
  const last = points[points.length - 1];
  if (last && Math.hypot(last[0]! - x, last[1]! - y) < 0.5) return false;
  points.push([round(x * 100) / 100, round(y * 100) / 100]);
  return true;
}

/** What has been painted, what can be undone, and what can be done again. */
export class StrokeHistory {
  readonly mask: Uint8Array;
  #done: Stroke[] = [];
  #undone: Stroke[] = [];

  readonly #width: number;
  readonly #height: number;

  constructor(
    width: number,
    height: number,
  ) {
    this.#width = width;
    this.#height = height;
    this.mask = new Uint8Array(width * height);
  }

  get strokes(): readonly Stroke[] {
    return this.#done;
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** Add a finished stroke. Its pixels may already be painted; painting twice changes nothing. */
  add(stroke: Stroke): void {
    this.#done.push(stroke);
    this.#undone = [];
    applyStroke(this.mask, this.#width, this.#height, stroke);
  }

  undo(): boolean {
    const stroke = this.#done.pop();
    if (!stroke) return false;
    this.#undone.push(stroke);
    this.#replay();
    return true;
  }

  redo(): boolean {
    const stroke = this.#undone.pop();
    if (!stroke) return false;
    this.#done.push(stroke);
    applyStroke(this.mask, this.#width, this.#height, stroke);
    return true;
  }

  /** Wipe everything, as a step that can be undone. False if there is nothing to wipe. */
  clear(): boolean {
    if (!this.mask.some((v) => v)) return false;
    this.add({ tool: "clear" });
    return true;
  }

  /** Start from the given strokes, with nothing to do again. */
  restore(strokes: readonly Stroke[]): void {
    this.#done = [...strokes];
    this.#undone = [];
    this.#replay();
  }

  #replay(): void {
    this.mask.fill(0);
    for (const s of this.#done) applyStroke(this.mask, this.#width, this.#height, s);
  }
}
