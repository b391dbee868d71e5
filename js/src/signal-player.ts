// Plays a sound, the explanation alone, or the rest alone. Nothing plays before a button is pressed.

import { abs, max, min } from "./arithmetic";
import { element, listen, setAttribute, setText } from "./dom";
import { icon, play, stop } from "./icons";
import { complement } from "./signal-intervals";
import { divided, divisions, gainFor, heard } from "./signal-sound";
import type { SignalStore } from "./signal-store";
import { windowOf } from "./signal-window";

type What = "whole" | "explanation" | "rest" | "selection";
const LABELS: Record<What, string> = {
  whole: "Whole",
  explanation: "Explanation alone",
  rest: "Rest alone",
  selection: "Selection alone",
};

interface Playing {
  readonly what: What;
  readonly source: AudioBufferSourceNode;
  /** When it began by the context's clock, from which second of the sound to which. */
  readonly since: number;
  readonly from: number;
  readonly to: number;
}

export class Player {
  readonly el = element("div.rw-player", { role: "group", "aria-label": "Listen" });
  readonly #buttons = new Map<What, HTMLButtonElement>();
  readonly #time = element("span.rw-player-time");
  #context: AudioContext | null = null;
  #playing: Playing | null = null;
  #frame = 0;

  readonly #store: SignalStore;
  readonly #range: () => [number | null, number | null];
  readonly #moved: () => void;
  readonly #failed: (why: string) => void;

  /** `moved` is called while the playhead moves; `range` gives the traits start and end. */
  constructor(
    store: SignalStore,
    range: () => [number | null, number | null],
    moved: () => void,
    failed: (why: string) => void,
  ) {
    this.#store = store;
    this.#range = range;
    this.#moved = moved;
    this.#failed = failed;
    for (const what of Object.keys(LABELS) as What[]) {
      const button = element("button.rw-play", {
        type: "button", "data-what": what, title: "Plays the part that is seen",
      });
      listen(button, "click", () => (this.#playing?.what === what ? this.stop() : this.#play(what)));
      this.#buttons.set(what, button);
    }
    this.el.append(...this.#buttons.values(), this.#time);
    listen(this.el, "keydown", (e) => e.key === "Escape" && this.stop());
  }

  /** Where the sound is, in units of the axis; null when nothing plays. */
  get playhead(): number | null {
    const playing = this.#playing;
    const store = this.#store;
    if (!playing || !this.#context || !store.data) return null;
    return store.data.axis.at(0) + min(playing.to, playing.from + this.#context.currentTime - playing.since);
  }

  update(): void {
    const { data, mask, selection } = this.#store;
    this.el.hidden = data?.kind !== "audio";
    if (!data || this.el.hidden) return;
    const rate = data.axis.words.rate;
    const playable = rate !== null && divisions(rate) !== null;
    const available: Record<What, boolean> = {
      whole: playable,
      explanation: playable && mask !== null && mask.length > 0,
      rest: playable && mask !== null,
      selection: playable && selection.runs.length > 0,
    };
    for (const [what, button] of this.#buttons) {
      const on = this.#playing?.what === what;
      if (button.dataset.on !== String(on)) {
        button.dataset.on = String(on);
        button.replaceChildren(icon(on ? stop : play), LABELS[what]);
        setAttribute(button, "aria-label", on ? `Stop: ${LABELS[what]}` : `Play: ${LABELS[what]}`);
      }
      button.disabled = !available[what];
    }
    this.#buttons.get("selection")!.hidden = !selection.runs.length;
    const why = rate === null ? "Its sample rate is not known: give sample_rate" : `Browsers do not play ${rate} samples a second`;
    const at = this.playhead;
    const now = at === null ? 0 : at - data.axis.at(0);
    const full = rate ? data.length / rate : 0;
    setText(this.#time, playable ? `${now.toFixed(2)} / ${full.toFixed(2)} s` : why);
  }

  stop(): void {
    const playing = this.#playing;
    this.#playing = null;
    if (playing) {
      playing.source.onended = null;
      playing.source.stop();
      playing.source.disconnect();
    }
    cancelAnimationFrame(this.#frame);
    this.#moved();
  }

  dispose(): void {
    this.stop();
    void this.#context?.close();
    this.#context = null;
  }

  #play(what: What): void {
    this.stop();
    const data = this.#store.data;
    const rate = data?.axis.words.rate;
    const times = rate ? divisions(rate) : null;
    if (!data || !rate || !times) return;
    try {
      this.#context ??= new AudioContext();
      const context = this.#context;
      // A context made before the first press on the page waits for this.
      void context.resume();
      const buffer = this.#buffer(context, what, rate, times);
      const source = context.createBufferSource();
      source.buffer = buffer;
      const gain = context.createGain();
      const peak = max(...data.channels.map((c) => max(abs(c.low), abs(c.high))));
      gain.gain.value = gainFor(peak);
      source.connect(gain).connect(context.destination);
      const seen = windowOf(data.axis, ...this.#range());
      const whole = data.length / rate;
      const from = min(whole, max(0, seen.low - data.axis.low));
      const to = min(whole, max(from, seen.high - data.axis.low));
      source.onended = () => this.#playing?.source === source && this.stop();
      source.start(0, from, to - from);
      this.#playing = { what, source, since: context.currentTime, from, to };
      this.#tick();
    } catch (problem) {
      this.#playing = null;
      this.#failed(`The sound cannot be played: ${problem instanceof Error ? problem.message : String(problem)}`);
    }
  }

  #buffer(context: AudioContext, what: What, rate: number, times: number): AudioBuffer {
    const { mask, selection } = this.#store;
    const data = this.#store.data!;
    const runs = {
      whole: null,
      explanation: mask ?? [],
      rest: complement(mask ?? [], data.length),
      selection: selection.runs,
    }[what];
    const channels = data.channels.slice(0, 2);
    const buffer = context.createBuffer(channels.length, data.length * times, rate * times);
    channels.forEach((line, n) => {
      buffer.copyToChannel(divided(heard(line.values, runs, rate), times) as Float32Array<ArrayBuffer>, n);
    });
    return buffer;
  }

  #tick(): void {
    this.#moved();
    this.#frame = requestAnimationFrame(() => this.#playing && this.#tick());
  }
}
