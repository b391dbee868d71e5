// Two views on one another: blended, or side by side of a divider that pointer and keys move.

import { max, min, round } from "./arithmetic";
import { element, listen, setAttribute, setText } from "./dom";
import type { LinkedActions } from "./linked-input";
import type { State } from "./linked-state";
import { Pane } from "./linked-tile";

const STEP = 0.01;

export class Stage {
  readonly pane: Pane;
  readonly el: HTMLElement;
  readonly #left = element("span.rwl-chip.rwl-chip-first");
  readonly #right = element("span.rwl-chip.rwl-chip-second");
  readonly #divider = element("div.rwl-divider", {
    role: "slider",
    tabindex: 0,
    "aria-label": "Divider between the two views",
    "aria-orientation": "horizontal",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "data-lm-suppress-shortcuts": "true",
  });

  readonly #move: (divider: number) => void;
  /** Where the divider goes next: several keys may come before it is drawn. */
  #at = 0.5;

  constructor(act: LinkedActions, help: string, move: (divider: number) => void) {
    this.#move = move;
    this.pane = new Pane(act, help);
    this.pane.over.tabIndex = 0;
    this.#divider.append(element("span.rwl-grip", { "aria-hidden": true }, "‹ ›"));
    this.pane.el.append(this.#left, this.#right, this.#divider);
    this.el = element("div.rwl-stage", {}, this.pane.el);
    this.#connect();
  }

  update(state: State): void {
    if (!state.pair) return;
    const [first, second] = state.pair;
    const swipe = state.mode === "swipe";
    setText(this.#left, first.name);
    setText(this.#right, second.name);
    this.#divider.hidden = !swipe;
    this.#at = state.divider;
    this.#divider.style.left = `${state.divider * 100}%`;
    const at = round(state.divider * 100);
    setAttribute(this.#divider, "aria-valuenow", at);
    setAttribute(this.#divider, "aria-valuetext", `${first.name} ${at} %, ${second.name} ${100 - at} %`);
    setAttribute(this.pane.over, "aria-label", `${first.name} and ${second.name}`);
  }

  #connect(): void {
    const divider = this.#divider;
    let now: number | null = null;
    const to = (e: PointerEvent) => {
      const box = this.pane.el.getBoundingClientRect();
      this.#to((e.clientX - box.left) / box.width);
    };
    listen(divider, "pointerdown", (e) => {
      if (e.button !== 0) return;
      now = e.pointerId;
      divider.setPointerCapture(now);
      divider.focus({ preventScroll: true });
      e.preventDefault();
    });
    listen(divider, "pointermove", (e) => {
      if (e.pointerId === now) to(e);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"] as const) {
      listen(divider, end, () => (now = null));
    }
    listen(divider, "keydown", (e) => {
      const at = this.#at;
      const step = e.shiftKey ? 10 * STEP : STEP;
      const targets: Record<string, number> = {
        ArrowLeft: at - step, ArrowDown: at - step, ArrowRight: at + step, ArrowUp: at + step,
        PageDown: at - 10 * STEP, PageUp: at + 10 * STEP, Home: 0, End: 1,
      };
      const next = targets[e.key];
      if (next === undefined) return;
      this.#to(next);
      e.preventDefault();
      e.stopPropagation();
    });
  }

  #to(place: number): void {
    this.#at = min(1, max(0, place));
    this.#move(this.#at);
  }
}
