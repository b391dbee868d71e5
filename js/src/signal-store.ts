// What one SignalView shows, kept once per model and shared by all its views. Arrays arrive as
// custom messages, so that they are never part of a notebook's saved widget state. No DOM.

import { max } from "./arithmetic";
import { unpack } from "./mask-bits";
import { refuse } from "./refuse";
import { SignalAxis } from "./signal-axis";
import { Envelope } from "./signal-envelope";
import { runsOf, Selection, type Interval, type IntervalStroke } from "./signal-intervals";
import { ascending } from "./threshold";

export interface SignalData {
  readonly kind: string;
  readonly channels: readonly Envelope[];
  readonly length: number;
  readonly axis: SignalAxis;
  /** Names of features (tables) or channels; may be empty. */
  readonly labels: readonly string[];
  readonly valueName: string;
}

export interface SignalMap {
  readonly envelope: Envelope;
  readonly sorted: Float32Array;
  readonly top: number;
  /** Where the area of the map begins: 0, or its least value where all are nearly alike. */
  readonly ground: number;
}

export type SignalPart = "data" | "map" | "mask" | "paint";

export class SignalStore {
  data: SignalData | null = null;
  map: SignalMap | null = null;
  mask: readonly Interval[] | null = null;
  selection = new Selection();
  #listeners = new Set<(part: SignalPart) => void>();

  /** Be told which part changed; call the result to hear no more. */
  listen(listener: (part: SignalPart) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(part: SignalPart): void {
    for (const listener of this.#listeners) listener(part);
  }

  /** Take in one message of the kernel; messages of other kinds are none of our business. */
  receive(message: unknown, buffers: readonly ArrayBufferView[] = []): void {
    if (typeof message !== "object" || message === null) return;
    const m = message as Record<string, unknown>;
    if (m.type === "data") {
      this.#setData(m, buffers);
      return;
    }
    // Layers pushed before our request is answered: the answer brings them again, in order.
    if (!this.data) return;
    const bytes = buffers[0] ? asBytes(buffers[0]) : null;
    if (m.type === "map") this.#setMap(bytes);
    else if (m.type === "mask") this.#setMask(bytes);
    else if (m.type === "strokes" && Array.isArray(m.strokes)) {
      this.selection.restore(m.strokes as IntervalStroke[]);
      this.changed("paint");
    }
  }

  #setData(m: Record<string, unknown>, buffers: readonly ArrayBufferView[]): void {
    const [channels, length] = [Number(m.channels), Number(m.length)];
    const bytes = buffers[0] ? asBytes(buffers[0]) : new Uint8Array(0);
    if (!(channels > 0 && length > 0) || bytes.length !== channels * length * 4) {
      refuse(`The values do not fit their size, ${channels} × ${length}.`);
    }
    const all = new Float32Array(bytes.slice().buffer);
    const a = (m.axis ?? {}) as Record<string, unknown>;
    const places = buffers[1] ? new Float64Array(asBytes(buffers[1]).slice().buffer) : null;
    const rate = typeof a.rate === "number" && a.rate > 0 ? a.rate : null;
    const words = { name: String(a.name ?? ""), unit: String(a.unit ?? ""), rate };
    const axis = new SignalAxis(length, words, Number(a.first ?? 0), Number(a.step ?? 1) || 1, places);
    if (this.data && this.data.length !== length) {
      this.map = null;
      this.mask = null;
      this.selection = new Selection();
    }
    this.data = {
      kind: String(m.kind),
      channels: Array.from({ length: channels }, (_, c) => new Envelope(all.subarray(c * length, (c + 1) * length))),
      length,
      axis,
      labels: Array.isArray(m.labels) ? m.labels.map(String) : [],
      valueName: String(m.value_name ?? ""),
    };
    this.changed("data");
  }

  #setMap(bytes: Uint8Array | null): void {
    if (bytes && bytes.length !== this.data!.length * 4) {
      refuse("The map does not have the input's length.");
    }
    if (bytes) {
      const envelope = new Envelope(new Float32Array(bytes.slice().buffer));
      const sorted = ascending(envelope.values);
      const [least, top] = [sorted[0] ?? 0, max(0, envelope.high)];
      this.map = { envelope, sorted, top, ground: least > top / 2 && least < top ? least : 0 };
    } else this.map = null;
    this.changed("map");
  }

  #setMask(bytes: Uint8Array | null): void {
    this.mask = bytes ? runsOf(unpack(bytes, this.data!.length)) : null;
    this.changed("mask");
  }
}

function asBytes(view: ArrayBufferView | ArrayBuffer): Uint8Array {
  return view instanceof ArrayBuffer
    ? new Uint8Array(view)
    : new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
}
