// What the kernel said of points of a latent space: the last picture, and the last map. No DOM.

import { bytesOf } from "./figure-view";
import { imageOf } from "./counterfactual-pictures";
import { contour, tone } from "./latent-space";

export interface Answer {
  readonly point: readonly number[];
  readonly probabilities: readonly number[];
  readonly title: string;
  readonly image: ImageData | undefined;
}

export interface ClassMap {
  readonly point: readonly number[];
  readonly axes: readonly [number, number];
  readonly of: number;
  readonly size: number;
  readonly pixels: ImageData;
  readonly pieces: readonly number[];
}

export class Answers {
  answer: Answer | undefined;
  map: ClassMap | undefined;

  /** Take a message; whether it was one of these. */
  take(told: any, buffers: readonly unknown[]): boolean {
    if (told?.type === "answer") {
      const { point, probabilities, title, height, width, channels } = told;
      const bytes = bytesOf(buffers[0]);
      const fits = bytes?.length === height * width * channels;
      this.answer = { point, probabilities, title, image: fits ? imageOf(bytes!, height, width, channels) : undefined };
      return true;
    }
    const bytes = told?.type === "map" ? bytesOf(buffers[0]) : null;
    const size: number = told?.size;
    if (bytes?.length !== 4 * size * size) return false;
    const values = new Float32Array(bytes.slice().buffer);
    const pixels = new ImageData(size, size);
    // Rows come from below upwards, and are drawn from above.
    values.forEach((p, i) => {
      const at = (size - 1 - Math.floor(i / size)) * size + (i % size);
      pixels.data.set([...tone(p), 255], at * 4);
    });
    this.map = { point: told.point, axes: told.axes, of: told.of, size, pixels, pieces: contour(values, size) };
    return true;
  }
}
