// Plays the kernel's part for a widget in a page that has no kernel. No DOM.

import type { Model } from "./model";

type Callback = (...args: any[]) => void;

export class StandInModel implements Model {
  #values: Record<string, unknown>;
  #callbacks = new Map<string, Set<Callback>>();

  readonly #answer: (message: unknown, model: StandInModel) => void;

  /** `answer` gets what the widget sends, and may reply with `tell`. */
  constructor(
    values: Record<string, unknown>,
    answer: (message: unknown, model: StandInModel) => void,
  ) {
    this.#answer = answer;
    this.#values = { ...values };
  }

  get(name: string): unknown {
    return this.#values[name];
  }

  set(name: string, value: unknown): void {
    if (Object.is(this.#values[name], value)) return;
    this.#values[name] = value;
    this.#emit(`change:${name}`, value);
  }

  save_changes(): void {
    // There is nobody to save for.
  }

  send(message: unknown): void {
    this.#answer(message, this);
  }

  /** Hand a message to the widget, as the kernel would. */
  tell(message: unknown, buffers: ArrayBufferView[] = []): void {
    this.#emit("msg:custom", message, buffers);
  }

  on(event: string, callback: Callback): void {
    const known = this.#callbacks.get(event) ?? new Set();
    this.#callbacks.set(event, known.add(callback));
  }

  off(event?: string | null, callback?: Callback | null): void {
    if (!event) this.#callbacks.clear();
    else if (!callback) this.#callbacks.delete(event);
    else this.#callbacks.get(event)?.delete(callback);
  }

  #emit(event: string, ...args: unknown[]): void {
    for (const callback of [...(this.#callbacks.get(event) ?? [])]) callback(...args);
  }
}
