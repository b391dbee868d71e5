// What one VolumeView shows, kept once per model and shared by all its views. Arrays arrive as
// custom messages, so that they are never part of a notebook's saved widget state.

import { max } from "./arithmetic";
import { packedLength, unpack } from "./mask-bits";
import { refuse } from "./refuse";
import { lowest } from "./shading";
import { ascending, shareAbove } from "./threshold";
import { RegionHistory, type VolumeStroke } from "./volume-brush";
import type { Axis, Orientation, Triple } from "./volume-planes";
import { strides, type Voxels } from "./volume-slices";
import type { Scaling } from "./volume-window";

export interface Layer {
  readonly data: Voxels;
  readonly scaling: Scaling;
}

export interface MapVolume extends Layer {
  /** Voxel of the largest value. */
  readonly top: Triple;
  /** Smallest value, at least 0. */
  readonly floor: number;
  /** Share (0..1) of the voxels whose value is at least this voxel's. */
  rank(index: number): number;
}

export type Part = "volume" | "map" | "mask" | "paint";

export class VolumeStore {
  shape: Triple = [0, 0, 0];
  orientation: Orientation | null = null;
  channels: Layer[] = [];
  map: MapVolume | null = null;
  mask: Uint8Array | null = null;
  history = new RegionHistory([0, 0, 0], [1, 1, 1]);
  #listeners = new Set<(part: Part) => void>();

  /** Be told which part changed; call the result to hear no more. */
  listen(listener: (part: Part) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(part: Part): void {
    for (const listener of this.#listeners) listener(part);
  }

  /** The number of a voxel in C order; its indices must be whole and inside. */
  index(voxel: Triple): number {
    const step = strides(this.shape);
    return voxel[0] * step[0] + voxel[1] * step[1] + voxel[2];
  }

  /** Take in one message of the kernel; messages of other kinds are none of our business. */
  receive(message: unknown, buffers: readonly ArrayBufferView[] = []): void {
    if (typeof message !== "object" || message === null) return;
    const m = message as Record<string, any>;
    // Layers pushed before our request is answered: the answer brings them again, in order.
    if (!this.channels.length && m.type !== "volume") return;
    switch (m.type) {
      case "volume":
        this.#setVolume(m, buffers);
        break;
      case "map":
        this.map = buffers[0] ? mapOf(layerOf(m, buffers[0], this.#size), m.top) : null;
        this.changed("map");
        break;
      case "mask":
        this.mask = buffers[0] ? this.#bits("mask", buffers[0]) : null;
        this.changed("mask");
        break;
      case "strokes":
        if (!Array.isArray(m.strokes)) return;
        this.history.restore(
          buffers[0] ? this.#bits("region", buffers[0]) : null,
          m.strokes as VolumeStroke[],
        );
        this.changed("paint");
        break;
    }
  }

  get #size(): number {
    return this.shape[0] * this.shape[1] * this.shape[2];
  }

  #setVolume(m: Record<string, any>, buffers: readonly ArrayBufferView[]): void {
    const shape = m.shape as Triple;
    const size = shape[0] * shape[1] * shape[2];
    const described = m.channels as Record<string, unknown>[];
    if (!described.length || described.length !== buffers.length) {
      refuse("The volume's channels did not all arrive.");
    }
    this.channels = described.map((one, c) => layerOf(one, buffers[c]!, size));
    const same = shape.every((side, a) => side === this.shape[a as Axis]);
    const orientation = m.orientation as Orientation;
    if (!same) {
      this.map = null;
      this.mask = null;
    }
    const spaced = this.orientation?.spacing.every((s, a) => s === orientation.spacing[a as Axis]);
    if (!same || !spaced) this.history = new RegionHistory(shape, orientation.spacing);
    this.shape = shape;
    this.orientation = orientation;
    this.changed("volume");
  }

  #bits(what: string, buffer: ArrayBufferView): Uint8Array {
    const bytes = asBytes(buffer);
    if (bytes.length !== packedLength(this.#size)) {
      refuse(`The ${what} does not have the volume's size.`);
    }
    return unpack(bytes, this.#size);
  }
}

function layerOf(described: Record<string, unknown>, buffer: ArrayBufferView, size: number): Layer {
  const bytes = asBytes(buffer);
  const width = { uint8: 1, uint16: 2, float32: 4 }[String(described.kind)];
  if (!width || bytes.length !== size * width) {
    refuse(`A volume of ${size} voxels does not fit ${bytes.length} bytes.`);
  }
  const scaling = described as unknown as Scaling;
  if (width === 1) return { data: bytes, scaling };
  // The message's buffer need not lie at a multiple of the number's size.
  const aligned = bytes.byteOffset % width ? bytes.slice() : bytes;
  const made = width === 2 ? Uint16Array : Float32Array;
  return { data: new made(aligned.buffer as ArrayBuffer, aligned.byteOffset, size), scaling };
}

function mapOf(layer: Layer, top: Triple): MapVolume {
  const { data, scaling } = layer;
  if (data instanceof Float32Array) {
    let sorted: Float32Array | null = null;
    return {
      ...layer,
      top,
      floor: lowest(data, scaling.high),
      rank: (i) => shareAbove((sorted ??= ascending(data)), data[i]!),
    };
  }
  // Few steps: counting them is quicker than sorting, and as exact.
  let atLeast: Uint32Array | null = null;
  return {
    ...layer,
    top,
    floor: scaling.low < scaling.high ? max(scaling.low, 0) : 0,
    rank: (i) => (atLeast ??= countAtLeast(data))[data[i]!]! / data.length,
  };
}

function countAtLeast(data: Uint8Array | Uint16Array): Uint32Array {
  const counts = new Uint32Array(data instanceof Uint8Array ? 256 : 65536);
  for (let i = 0; i < data.length; i++) counts[data[i]!]!++;
  for (let v = counts.length - 2; v >= 0; v--) counts[v]! += counts[v + 1]!;
  return counts;
}

/** A layer's value at a voxel. */
export function valueAt(layer: Layer, index: number): number {
  return layer.data[index]! * layer.scaling.scale + layer.scaling.offset;
}

function asBytes(view: ArrayBufferView | ArrayBuffer): Uint8Array {
  return view instanceof ArrayBuffer
    ? new Uint8Array(view)
    : new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
}
