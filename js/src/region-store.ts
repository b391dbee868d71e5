// What one RegionCanvas holds, kept once per model and shared by all its views: the picture, the
// linked maps and the regions. Arrays arrive as messages and are never part of a saved notebook.

import { refuse } from "./refuse";
import { checkedDocument, checkedShapes, type Rect } from "./region-shapes";
import { RegionEdits, type Change } from "./region-edits";
import { MOST_BYTES, RegionSync } from "./region-sync";

/** Told apart by most colour-blind people, and seen on most photographs. */
export const COLOURS = [
  "#2f9bff",
  "#ff9f1c",
  "#21c78b",
  "#e85fb0",
  "#f4d63a",
  "#9b7bff",
  "#ff5a4f",
  "#63d9e8",
];

export type News =
  | { readonly what: "picture" | "maps" | "words" }
  | {
      readonly what: "regions";
      readonly region: string;
      readonly rect: Rect | null;
      /** Only what is shown has changed, not what there is. */
      readonly preview: boolean;
    };

export interface Download {
  readonly name: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
}

type Send = (content: unknown, buffers?: ArrayBuffer[]) => void;

export class RegionStore {
  picture: Uint8Array | null = null;
  readonly maps = new Map<string, Float32Array>();
  edits = new RegionEdits(1, 1);
  /** What cannot be done, and why; empty if all is well. */
  problem = "";
  /** What the kernel has been asked for and not yet answered. */
  waiting = "";
  /** Called with what the kernel sends to be saved. */
  onDownload: (file: Download) => void = () => undefined;
  #colours = new Map<string, string>();
  #sync = new RegionSync(1, 1);
  #epoch = 0;
  #listeners = new Set<(news: News) => void>();
  #applying = false;

  readonly #most: number;

  /** `most` bytes are what one message may have. */
  constructor(
    public send: Send = () => undefined,
    most = MOST_BYTES,
  ) {
    this.#most = most;
  }

  get width(): number {
    return this.edits.width;
  }

  get height(): number {
    return this.edits.height;
  }

  listen(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(news: News): void {
    for (const listener of this.#listeners) listener(news);
  }

  say(problem: string): void {
    if (this.problem === problem) return;
    this.problem = problem;
    this.#tell({ what: "words" });
  }

  colour(name: string): string {
    let colour = this.#colours.get(name);
    if (!colour) {
      const used = new Set(this.edits.names.map((n) => this.#colours.get(n)));
      colour = COLOURS.find((c) => !used.has(c)) ?? COLOURS[this.#colours.size % COLOURS.length]!;
      this.#colours.set(name, colour);
    }
    return colour;
  }

  setColour(name: string, colour: string): void {
    this.#colours.set(name, colour);
    this.#tell({ what: "regions", region: name, rect: this.#whole(), preview: false });
    this.#flush();
  }

  rename(name: string, to: string): boolean {
    return this.edit(() => {
      const colour = this.colour(name);
      const change = this.edits.rename(name, to);
      this.#colours.set(to, colour);
      return change;
    });
  }

  /** Carry out an edit and tell the kernel; what cannot be done is said and changes nothing. */
  edit(change: () => Change | null): boolean {
    try {
      if (!change()) return false;
    } catch (problem) {
      this.say(words(problem));
      return false;
    }
    this.say("");
    return this.#flush();
  }

  /** Tell the kernel what it does not know yet; an edit too large to be sent is taken back. */
  #flush(): boolean {
    const document = this.edits.document();
    const parcel = this.#sync.parcel(
      document,
      this.#epoch,
      (name) => this.edits.mask(name),
      (name) => this.colour(name),
    );
    if (parcel.bytes > this.#most) {
      this.edits.undo();
      this.#sync.settle(this.edits.document());
      this.say(
        `This edit takes ${megabytes(parcel.bytes)} to send, and the kernel hears at most ` +
          `${megabytes(this.#most)} at once; it was taken back. Make it simpler: a lower ` +
          "tolerance, a smoother map, or the same from Python.",
      );
      return false;
    }
    this.send(parcel.content, parcel.buffers);
    this.#sync.settle(document);
    return true;
  }

  /** Take in one message of the kernel; messages of other kinds are none of our business. */
  receive(message: unknown, buffers: readonly ArrayBufferView[] = []): void {
    if (typeof message !== "object" || message === null) return;
    const m = message as Record<string, unknown>;
    // What is pushed before our request is answered comes again with the answer, in order.
    if (!this.picture && m.type !== "picture") return;
    const bytes = buffers[0] ? asBytes(buffers[0]) : null;
    if (m.type === "picture") this.#setPicture(Number(m.width), Number(m.height), bytes);
    else if (m.type === "map") this.#setMap(String(m.name), bytes);
    else if (m.type === "file" && bytes) {
      this.wait("");
      this.onDownload({ name: String(m.name), mime: String(m.mime), bytes: bytes.slice() });
    } else if (m.type === "answered") this.wait("");
    else if (m.type === "regions") this.#setRegions(m);
  }

  wait(what: string): void {
    this.waiting = what;
    this.#tell({ what: "words" });
  }

  #whole(): Rect {
    return { x0: 0, y0: 0, x1: this.width, y1: this.height };
  }

  #setPicture(width: number, height: number, pixels: Uint8Array | null): void {
    if (!pixels || pixels.length !== width * height * 3) {
      refuse(`The picture does not fit its size ${width} × ${height}.`);
    }
    if (!this.picture || width !== this.width || height !== this.height) {
      this.maps.clear();
      this.edits = new RegionEdits(width, height);
      this.#sync = new RegionSync(width, height);
      this.edits.listen((change) => this.#changed(change));
    }
    this.picture = pixels.slice();
    this.#tell({ what: "picture" });
  }

  #setMap(name: string, bytes: Uint8Array | null): void {
    if (!bytes) this.maps.delete(name);
    else if (bytes.length !== this.width * this.height * 4) {
      refuse(`The map ${name} does not have the picture's size.`);
    } else this.maps.set(name, new Float32Array(bytes.slice().buffer));
    this.#tell({ what: "maps" });
  }

  /** The kernel's regions: all of them, or (with `undoable`) those that Python has changed. */
  #setRegions(m: Record<string, unknown>): void {
    const document = checkedDocument(m.document);
    const given = m.document as { regions: Record<string, unknown>[] };
    for (const region of given.regions) {
      if (typeof region.colour === "string") this.#colours.set(String(region.name), region.colour);
    }
    this.#epoch = Number(m.epoch) || 0;
    this.#applying = true;
    try {
      if (m.undoable === true) this.#adopt(document.active, given.regions);
      else this.edits.restore(document, true);
    } finally {
      this.#applying = false;
    }
    this.#sync.settle(this.edits.document());
    this.#tell({ what: "regions", region: this.edits.active, rect: this.#whole(), preview: false });
  }

  /** Change what differs, one step of undo each. Regions that are not named go. */
  #adopt(active: string, given: Record<string, unknown>[]): void {
    const { edits } = this;
    const wanted = given.map((region) => String(region.name));
    given.forEach((region, i) => {
      const name = wanted[i]!;
      if (!edits.names.includes(name)) edits.addRegion(name);
      if (region.shapes !== undefined && region.shapes !== null) {
        edits.setShapes(checkedShapes(region.shapes), name);
      }
      edits.setFeather(Number(region.feather) || 0, name);
    });
    for (const name of [...edits.names]) if (!wanted.includes(name)) edits.removeRegion(name);
    edits.activate(active);
  }

  #changed(change: Change): void {
    if (change.rect && change.what !== "preview" && !this.#applying) {
      for (const name of change.what === "all" ? this.edits.names : [change.region]) {
        this.#sync.touch(name, change.rect);
      }
    }
    const names = change.what === "all" ? this.edits.names : [change.region];
    const preview = change.what === "preview";
    for (const region of names) this.#tell({ what: "regions", region, rect: change.rect, preview });
  }
}

export function words(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function asBytes(view: ArrayBufferView | ArrayBuffer): Uint8Array {
  return view instanceof ArrayBuffer
    ? new Uint8Array(view)
    : new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
}
