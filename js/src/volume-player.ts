// Plays through the slices of one plane. One for each model, however many views it has: two would
// play twice as fast.

import { floor, max, min } from "./arithmetic";
import { PLANE_NAMES } from "./volume-planes";
import type { VolumeState } from "./volume-state";
import type { VolumeStore } from "./volume-store";

export class Player {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;

  readonly #state: VolumeState;
  readonly #store: VolumeStore;

  constructor(
    state: VolumeState,
    store: VolumeStore,
  ) {
    this.#state = state;
    this.#store = store;
    state.model.on("change:playing", this.start);
  }

  /** Begin if the trait says so; also called once there is something to play. */
  readonly start = (): void => {
    clearTimeout(this.#timer);
    if (!this.#state.flag("playing")) {
      // Not within the change itself: saving there would lose what is being changed.
      this.#timer = setTimeout(() => this.#state.flush(), 0);
      return;
    }
    this.#last = performance.now();
    this.#tick();
  };

  dispose(): void {
    clearTimeout(this.#timer);
    this.#state.model.off("change:playing", this.start);
  }

  readonly #tick = (): void => {
    const wait = 1000 / min(60, max(1, this.#state.number("speed", 12)));
    const now = performance.now();
    // Late by several slices (a hidden page, a busy one): it goes on from where it is.
    const steps = floor((now - this.#last) / wait);
    if (steps > 0) {
      this.#last = max(this.#last + steps * wait, now - wait);
      this.#step();
    }
    if (this.#state.flag("playing")) {
      this.#timer = setTimeout(this.#tick, max(1, this.#last + wait - performance.now()));
    }
  };

  #step(): void {
    const store = this.#store;
    const state = this.#state;
    if (!store.orientation || !PLANE_NAMES.includes(state.plane)) return;
    const plane = state.planes(store.orientation)[state.plane];
    const place = state.crosshair;
    const count = store.shape[plane.through];
    place[plane.through] = (place[plane.through]! + plane.ahead + count) % count;
    state.set("crosshair", place);
  }
}
