// What a history says of its entries, and which two are ticked. No DOM.

import { finite } from "./arithmetic";
import { count, duration, percent } from "./format";

export interface Entry {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly label: string;
  readonly index: number;
  readonly source: string;
  readonly method: string;
  readonly strategy: string;
  readonly area: number | null;
  readonly confidence: number | null;
  readonly verified: boolean;
  readonly stage: string;
  readonly evaluations: number;
  readonly seconds: number | null;
  readonly when: number;
}

const words = (v: unknown) => (typeof v === "string" ? v : "");
const number = (v: unknown) => (typeof v === "number" && finite(v) ? v : null);

/** The well-formed entries of a trait; others are left out, and so is what has an id twice. */
export function entriesOf(given: unknown): Entry[] {
  const found = new Map<string, Entry>();
  for (const one of Array.isArray(given) ? given : []) {
    if (!one || typeof one !== "object" || !words(one.id) || found.has(one.id)) continue;
    found.set(one.id, {
      id: one.id,
      number: number(one.number) ?? 0,
      name: words(one.name),
      label: words(one.label),
      index: number(one.index) ?? -1,
      source: words(one.source),
      method: words(one.method),
      strategy: words(one.strategy),
      area: number(one.area),
      confidence: number(one.confidence),
      verified: one.verified === true,
      stage: words(one.stage),
      evaluations: number(one.evaluations) ?? 0,
      seconds: number(one.seconds),
      when: number(one.when) ?? 0,
    });
  }
  return [...found.values()];
}

/** What was found: strategy, area, confidence. */
export function foundLine(entry: Entry): string {
  const parts = [entry.strategy || entry.method];
  if (entry.area !== null) parts.push(`area ${percent(entry.area)}`);
  if (entry.confidence !== null) parts.push(`confidence ${percent(entry.confidence)}`);
  return parts.join(" · ");
}

/** What it took: evaluations, seconds, time of day. */
export function costLine(entry: Entry, zone?: string): string {
  const parts = [`${count(entry.evaluations)} evaluations`];
  if (entry.seconds !== null) parts.push(duration(entry.seconds));
  if (entry.when > 0) {
    const options = { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone } as const;
    parts.push(new Date(entry.when * 1000).toLocaleTimeString("en-GB", options));
  }
  return parts.join(" · ");
}

/** What is without a class was estimated, not verified: its stage says so, even where it is good. */
export function verdict(entry: Entry): string {
  return entry.verified && entry.index >= 0 ? "verified" : entry.stage || "not verified";
}

/** The ticked ids after one was ticked or not any more: at most two, the oldest tick goes. */
export function ticked(before: readonly string[], id: string, on: boolean): string[] {
  const rest = before.filter((other) => other !== id);
  return on ? [...rest, id].slice(-2) : rest;
}
