// Where the parts of a drawing lie on its canvas, in CSS pixels. No DOM.

import { ceil, floor, max, min } from "./arithmetic";
import type { SignalStore } from "./signal-store";
import { linePoints, padded, seenRange } from "./signal-lines";
import { axisTitle, ticks, type Ticks } from "./signal-ticks";
import { Scale, type Span } from "./signal-window";

export interface Look {
  readonly threshold: number;
  readonly opacity: number;
  readonly colormap: string;
  readonly showMap: boolean;
  readonly mapName: string;
  readonly showMask: boolean;
  readonly behind: boolean;
  readonly reverse: boolean;
  readonly lanes: boolean;
  readonly fitValues: boolean;
}

/** One panel with lines: all channels, or one. */
export interface Lane {
  readonly top: number;
  readonly height: number;
  readonly channels: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly ticks: Ticks;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly scale: Scale;
  readonly lanes: readonly Lane[];
  /** The map's panel below; null where there is none. */
  readonly map: { readonly top: number; readonly height: number } | null;
  readonly bottom: number;
  readonly xTicks: Ticks;
  readonly xTitle: string;
  readonly legend: boolean;
}

const MAP_HEIGHT = 74;
const GAP = 12;
const LEAST_LANE = 46;
const BELOW = 42;
const TITLE_ROOM = 18;

/** Height that the drawing takes: as asked for, or more where lanes would be too low. */
export function heightOf(store: SignalStore, look: Look, asked: number): number {
  const lanes = look.lanes ? (store.data?.channels.length ?? 1) : 1;
  return max(asked, lanes * (LEAST_LANE + GAP / 2) + MAP_HEIGHT + GAP + BELOW + 24);
}

export function layoutOf(
  store: SignalStore,
  look: Look,
  span: Span,
  width: number,
  height: number,
  measure: (text: string) => number,
): Layout {
  const data = store.data!;
  const several = data.channels.length > 1;
  const showMap = look.showMap && store.map !== null && !look.behind;
  const legend = several && !look.lanes;
  const top = legend ? 26 : 14;
  const bottom = height - BELOW;
  const lanesBottom = showMap ? bottom - MAP_HEIGHT - GAP : bottom;
  const groups = look.lanes ? data.channels.map((_, c) => [c]) : [data.channels.map((_, c) => c)];
  const gap = look.lanes ? GAP / 2 : 0;
  const each = (lanesBottom - top + gap) / groups.length - gap;
  const rough = new Scale(span, 0, max(50, width - 70), look.reverse);
  const lanes = groups.map((channels, n): Lane => {
    const lines = channels.map((c) => data.channels[c]!);
    const whole = [min(...lines.map((l) => l.low)), max(...lines.map((l) => l.high))] as const;
    const [low, high] = padded(...(look.fitValues ? seenRange(lines, data.axis, rough) : whole));
    const most = max(1, floor(each / 34));
    return { top: top + n * (each + gap), height: each, channels, low, high, ticks: ticks(low, high, most) };
  });
  const labels = lanes.flatMap((lane) => lane.ticks.labels);
  const widest = max(...labels.map(measure), showMap ? measure("0.0000") : 0);
  const left = min(width * 0.3, ceil(widest) + 12 + TITLE_ROOM);
  const scale = new Scale(span, left, max(20, width - left - 16), look.reverse);
  const { name, unit } = data.axis.words;
  const xTicks = xTicksOf(span, scale.width, measure);
  const xTitle = axisTitle(name, unit) + (xTicks.factor ? `  ${xTicks.factor}` : "");
  const map = showMap ? { top: bottom - MAP_HEIGHT, height: MAP_HEIGHT } : null;
  return { width, height, scale, lanes, map, bottom, xTicks, xTitle, legend };
}

/** As many ticks as have room for their labels. */
function xTicksOf(span: Span, width: number, measure: (text: string) => number): Ticks {
  for (let most = max(1, floor(width / 64)); most > 1; most--) {
    const found = ticks(span.low, span.high, most);
    const widest = max(0, ...found.labels.map(measure));
    if (found.major.length * (widest + 14) <= width) return found;
  }
  return ticks(span.low, span.high, 1);
}

/** Screen position of a value in a lane. */
export function yOf(lane: Lane, value: number): number {
  return lane.top + lane.height * (1 - (value - lane.low) / (lane.high - lane.low));
}

/** A lane's line as x, y, x, y, … on the screen. */
export function screenLine(store: SignalStore, layout: Layout, lane: Lane, channel: number): number[] {
  const { axis, channels } = store.data!;
  const points = linePoints(channels[channel]!, axis, layout.scale);
  for (let i = 1; i < points.length; i += 2) points[i] = yOf(lane, points[i]!);
  return points;
}

/** A channel's name, or its number. */
export function channelName(labels: readonly string[], channel: number): string {
  return labels[channel] || `channel ${channel + 1}`;
}

/** What the values are called. */
export function valueTitle(store: SignalStore): string {
  const { valueName, kind } = store.data!;
  return valueName || (kind === "audio" ? "amplitude" : "value");
}
