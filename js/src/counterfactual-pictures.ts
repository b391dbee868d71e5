// Pictures and moves of the counterfactuals that are on show, as the kernel sends them. No DOM but ImageData.

import { bytesOf } from "./figure-view";

/** A message of pictures: which row and column each has, and the size of all. */
interface Told {
  readonly type?: string;
  readonly places?: readonly (readonly [number, number])[];
  readonly height?: number;
  readonly width?: number;
  readonly channels?: number;
  readonly columns?: number;
  readonly size?: number;
}

export class Pictures {
  #images = new Map<string, ImageData>();
  #moved = new Float32Array();
  #columns = 0;
  #size = 0;

  /** Take a message; whether it was one of these. What does not fit its size is left out. */
  take(told: Told, buffers: readonly unknown[]): boolean {
    if (told?.type !== "pictures") return false;
    const { places = [], height = 0, width = 0, channels = 3, columns = 0, size = 0 } = told;
    const bytes = bytesOf(buffers[0]);
    const each = height * width * channels;
    if (bytes && bytes.length === each * places.length) {
      places.forEach(([row, column], i) => {
        this.#images.set(`${row},${column}`, imageOf(bytes.subarray(i * each, (i + 1) * each), height, width, channels));
      });
    }
    const moved = bytesOf(buffers[1]);
    this.#moved = moved ? new Float32Array(moved.slice().buffer) : new Float32Array();
    this.#columns = columns;
    this.#size = size;
    return true;
  }

  /** Row and column as on the screen, both from 0; column −1 is the sample. */
  image(row: number, column: number): ImageData | undefined {
    return this.#images.get(`${row},${column}`);
  }

  /** How each coordinate of a counterfactual was moved; nothing for a sample. */
  moved(row: number, column: number): Float32Array {
    const at = (row * this.#columns + column) * this.#size;
    return column < 0 ? new Float32Array() : this.#moved.subarray(at, at + this.#size);
  }

  get known(): boolean {
    return this.#images.size > 0;
  }
}

/** RGBA of a picture of one or three channels. */
export function imageOf(bytes: Uint8Array, height: number, width: number, channels: number): ImageData {
  const image = new ImageData(width, height);
  for (let i = 0, o = 0; o < image.data.length; i += channels, o += 4) {
    for (let c = 0; c < 3; c++) image.data[o + c] = bytes[i + (channels > 1 ? c : 0)]!;
    image.data[o + 3] = 255;
  }
  return image;
}

/** Draw a picture on a canvas of its own size, unless it is there already. */
export function drawOn(canvas: HTMLCanvasElement, image: ImageData | undefined, before?: ImageData): void {
  if (!image || image === before) return;
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}
