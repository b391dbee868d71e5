// The part of anywidget's model that the widgets use. The exported page offers the same.

import { finite } from "./arithmetic";

export interface Model {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  save_changes(): void;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on(event: string, callback: (...args: any[]) => void): void;
  off(event?: string | null, callback?: ((...args: any[]) => void) | null): void;
}

export interface RenderContext {
  model: Model;
  el: HTMLElement;
}

/** Read a number, or the fallback if the trait is anything else. */
export function num(model: Model, name: string, fallback: number): number {
  const v = model.get(name);
  return typeof v === "number" && finite(v) ? v : fallback;
}

export function text(model: Model, name: string): string {
  const v = model.get(name);
  return typeof v === "string" ? v : "";
}

export function flag(model: Model, name: string): boolean {
  return model.get(name) === true;
}
