// The picture at several sizes, so that drawing a large one small costs what is seen, not what
// there is: halving happens once, a frame copies at most four times the pixels on the screen.

import { floor, max, min } from "./arithmetic";
import { shadePicture } from "./shading";

/** Below this many pixels a side, halving once more saves nothing. */
const SMALL = 512;

export class PicturePyramid {
  #levels: HTMLCanvasElement[] = [];
  width = 0;
  height = 0;

  set(rgb: Uint8Array, width: number, height: number): void {
    this.width = width;
    this.height = height;
    const image = new ImageData(width, height);
    shadePicture(rgb, image.data);
    const full = blank(width, height);
    full.getContext("2d")!.putImageData(image, 0, 0);
    this.#levels = [full];
    for (let from = full; max(from.width, from.height) > SMALL; ) {
      const half = blank((from.width + 1) >> 1, (from.height + 1) >> 1);
      const ctx = half.getContext("2d")!;
      ctx.drawImage(from, 0, 0, half.width, half.height);
      this.#levels.push(half);
      from = half;
    }
  }

  /** Draw it whole, its first corner at (x, y), `scale` pixels of the target a picture pixel. */
  draw(ctx: CanvasRenderingContext2D, x: number, y: number, scale: number): void {
    const last = this.#levels.length - 1;
    const wanted = min(last, max(0, floor(-Math.log2(scale))));
    const level = this.#levels[wanted];
    if (!level) return;
    // Smooth while pixels are small; honest squares once they can be told apart.
    ctx.imageSmoothingEnabled = scale < 4;
    ctx.drawImage(level, x, y, this.width * scale, this.height * scale);
  }
}

function blank(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}
