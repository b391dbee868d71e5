// What the line below says of a place. No DOM.

import { count, percent, value } from "./format";
import { runAt, total, type Interval } from "./signal-intervals";
import { channelName, valueTitle } from "./signal-layout";
import type { SignalStore } from "./signal-store";
import { positionText, unitText } from "./signal-ticks";

const MOST_SPANS = 4;

/** Rank of a map's value from 1, the highest: how many values are above it, and one. */
export function rankOf(sorted: Float32Array, v: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= v) low = middle + 1;
    else high = middle;
  }
  return sorted.length - low + 1;
}

/** Positions start … stop - 1 in the unit of the axis, lower one first. */
export function spanText(store: SignalStore, start: number, stop: number): string {
  const { axis } = store.data!;
  const [a, b] = [axis.at(start), axis.at(stop - 1)].sort((x, y) => x - y);
  const [low, high] = [a!, b!].map((v) => positionText(v, axis.stepAt(start)));
  const unit = axis.words.unit ? ` ${unitText(axis.words.unit)}` : "";
  return low === high ? `${low}${unit}` : `${low} to ${high}${unit}`;
}

/** The line for a place, or for none. */
export function describe(store: SignalStore, place: number | null): string {
  const { data, map, mask, selection } = store;
  if (!data) return "";
  const parts: string[] = [];
  if (place !== null) {
    parts.push(`${data.axis.words.name || "position"} ${spanText(store, place, place + 1)}`);
    parts.push(...valueParts(store, place));
    if (map) {
      const v = map.envelope.values[place]!;
      parts.push(`map ${value(v)}, rank ${count(rankOf(map.sorted, v))} of ${count(data.length)}`);
    }
    if (mask) {
      const run = runAt(mask, place);
      parts.push(run ? `in the explanation: ${spanText(store, ...run)}` : "outside the explanation");
    }
  }
  if (place === null && mask) parts.push(keptText(store, mask));
  const selected = total(selection.runs);
  if (selected) parts.push(`selected ${percent(selected / data.length)}`);
  return parts.join(" · ");
}

/** What the explanation keeps: its share, and its stretches while they are few. */
function keptText(store: SignalStore, mask: readonly Interval[]): string {
  if (!mask.length) return "the explanation is empty";
  const share = percent(total(mask) / store.data!.length);
  const few = mask.length <= MOST_SPANS ? mask.map((run) => spanText(store, ...run)).join(", ") : "";
  return `explanation ${share}: ${few || `${count(mask.length)} stretches`}`;
}

function valueParts(store: SignalStore, place: number): string[] {
  const { channels, labels } = store.data!;
  const one = channels.length === 1;
  const named = channels.slice(0, 6).map((line, n) => {
    const name = one ? valueTitle(store) : channelName(labels, n);
    return `${name} ${value(line.values[place]!)}`;
  });
  if (channels.length > 6) named.push(`${channels.length - 6} more channels`);
  return named;
}
