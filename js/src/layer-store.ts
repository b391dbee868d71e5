// What one LayerView shows, kept once per model and shared by all its views. Arrays arrive as
// custom messages, so that they are never part of a notebook's saved widget state.

import { packedLength, unpack } from "./mask-bits";
import { refuse } from "./refuse";
import { ascending, maximum } from "./threshold";
import { outline } from "./shading";
import { StrokeHistory, type Stroke } from "./strokes";

export interface MapLayer {
  readonly values: Float32Array;
  readonly sorted: Float32Array;
  readonly top: number;
}

export interface MaskLayer {
  readonly pixels: Uint8Array;
  readonly outline: readonly number[];
}

type Part = "picture" | "map" | "mask" | "paint";

export class LayerStore {
  width = 0;
  height = 0;
  picture: Uint8Array | null = null;
  map: MapLayer | null = null;
  mask: MaskLayer | null = null;
  history = new StrokeHistory(0, 0);
  #listeners = new Set<(part: Part) => void>();

  /** Be told which part changed; call the result to hear no more. */
  listen(listener: (part: Part) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(part: Part): void {
    for (const listener of this.#listeners) listener(part);
  }

  /** Take in one message of the kernel; messages of other kinds are none of our business. */
  receive(message: unknown, buffers: readonly ArrayBufferView[] = []): void {
    if (typeof message !== "object" || message === null) return;
    const m = message as Record<string, unknown>;
    // Layers pushed before our request is answered: the answer brings them again, in order.
    if (!this.picture && m.type !== "picture") return;
    const bytes = buffers[0] ? asBytes(buffers[0]) : null;
    switch (m.type) {
      case "picture":
        this.#setPicture(Number(m.width), Number(m.height), bytes);
        break;
      case "map":
        this.#setMap(bytes);
        break;
      case "mask":
        this.#setMask(bytes);
        break;
      case "strokes":
        if (Array.isArray(m.strokes)) {
          this.history.restore(m.strokes as Stroke[]);
          this.changed("paint");
        }
        break;
    }
  }

  #setPicture(width: number, height: number, rgb: Uint8Array | null): void {
    if (!rgb || rgb.length !== width * height * 3) {
      refuse(`The picture does not fit its size ${width} × ${height}.`);
    }
    if (width !== this.width || height !== this.height) {
      this.width = width;
      this.height = height;
      this.map = null;
      this.mask = null;
      this.history = new StrokeHistory(width, height);
    }
    this.picture = rgb.slice();
    this.changed("picture");
  }

  #setMap(bytes: Uint8Array | null): void {
    if (bytes && bytes.length !== this.width * this.height * 4) {
      refuse("The map does not have the picture's size.");
    }
    if (bytes) {
      // A copy: the message's buffer need not lie at a multiple of four bytes.
      const values = new Float32Array(bytes.slice().buffer);
      this.map = { values, sorted: ascending(values), top: maximum(values) };
    } else this.map = null;
    this.changed("map");
  }

  #setMask(bytes: Uint8Array | null): void {
    const pixels = this.width * this.height;
    if (bytes && bytes.length !== packedLength(pixels)) {
      refuse("The mask does not have the picture's size.");
    }
    if (bytes) {
      const mask = unpack(bytes, pixels);
      this.mask = { pixels: mask, outline: outline(mask, this.width, this.height) };
    } else this.mask = null;
    this.changed("mask");
  }
}

function asBytes(view: ArrayBufferView | ArrayBuffer): Uint8Array {
  return view instanceof ArrayBuffer
    ? new Uint8Array(view)
    : new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
}
