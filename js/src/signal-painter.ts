// Draws lines, map, bands and axes on a canvas. What follows the pointer is on another canvas
// above it (signal-overlay), so that hovering never draws the data again.

import { max, min, round } from "./arithmetic";
import { value } from "./format";
import type { Colours } from "./signal-colours";
import { heatBehind, heatBelow } from "./signal-heat";
import { channelName, screenLine, valueTitle, yOf, type Lane, type Layout, type Look } from "./signal-layout";
import { bands, columnMaxima, isSparse } from "./signal-lines";
import type { SignalStore } from "./signal-store";

type Ctx = CanvasRenderingContext2D;
type Bands = readonly (readonly [number, number])[];

/** Set a canvas to its size on the screen and clear it. */
export function prepare(canvas: HTMLCanvasElement, width: number, height: number): Ctx {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [max(1, round(width * ratio)), max(1, round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  const ctx = canvas.getContext("2d")!;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return ctx;
}

export function paintSignal(ctx: Ctx, store: SignalStore, layout: Layout, look: Look, c: Colours): void {
  const { scale, lanes } = layout;
  const axis = store.data!.axis;
  const kept = look.showMask && store.mask ? bands(store.mask, axis, scale, 1.5) : null;
  const painted = bands(store.selection.runs, axis, scale, 1.5);
  const heat = look.showMap && store.map ? columnMaxima(store.map.envelope, axis, scale, columnsOf(layout)) : null;

  ctx.lineJoin = "round";
  grid(ctx, layout, c);
  for (const lane of lanes) {
    if (heat && look.behind) heatBehind(ctx, store, layout, lane, heat, look);
    if (kept) fillBands(ctx, kept, lane.top, lane.height, c.kept);
    fillBands(ctx, painted, lane.top, lane.height, c.painted);
  }
  if (layout.map && heat) {
    if (kept) fillBands(ctx, kept, layout.map.top, layout.map.height, c.kept);
    fillBands(ctx, painted, layout.map.top, layout.map.height, c.painted);
    heatBelow(ctx, store, layout, heat, look, c);
  }
  for (const lane of lanes) drawLane(ctx, store, layout, lane, kept, c);
  if (kept) fillBands(ctx, kept, lanes[0]!.top - 4, 3, c.keptEdge);
  fillBands(ctx, painted, layout.bottom - 3, 3, c.paintedEdge);
  frames(ctx, layout, c);
  labels(ctx, store, layout, look, c);
  if (lanes.length > 1) laneNames(ctx, store, layout, c);
  if (layout.legend) legend(ctx, store, layout, c);
}

function columnsOf(layout: Layout): number {
  return max(1, round(layout.scale.width * min(2, window.devicePixelRatio || 1)));
}

function fillBands(ctx: Ctx, spans: Bands, top: number, height: number, colour: string): void {
  ctx.fillStyle = colour;
  for (const [a, b] of spans) ctx.fillRect(a, top, b - a, height);
}

function drawLane(ctx: Ctx, store: SignalStore, layout: Layout, lane: Lane, kept: Bands | null, c: Colours): void {
  const { scale } = layout;
  const data = store.data!;
  const several = data.channels.length > 1;
  ctx.save();
  ctx.beginPath();
  ctx.rect(scale.left, lane.top, scale.width, lane.height);
  ctx.clip();
  for (const channel of lane.channels) {
    const points = screenLine(store, layout, lane, channel);
    const path = new Path2D();
    for (let i = 0; i < points.length; i += 2) path.lineTo(points[i]!, points[i + 1]!);
    const colour = several ? c.channels[channel % c.channels.length]! : c.text;
    // Outside the explanation the line is there, but steps back.
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.2;
    ctx.globalAlpha = kept ? 0.55 : 1;
    ctx.stroke(path);
    ctx.globalAlpha = 1;
    if (kept?.length) strokeWithin(ctx, path, kept, lane, 1.7);
    if (isSparse(data.axis, scale) && points.length / 2 < scale.width / 9) dots(ctx, points, colour);
  }
  ctx.restore();
}

function strokeWithin(ctx: Ctx, path: Path2D, kept: Bands, lane: Lane, width: number): void {
  ctx.save();
  ctx.beginPath();
  for (const [a, b] of kept) ctx.rect(a, lane.top, b - a, lane.height);
  ctx.clip();
  ctx.lineWidth = width;
  ctx.stroke(path);
  ctx.restore();
}

function dots(ctx: Ctx, points: readonly number[], colour: string): void {
  ctx.fillStyle = colour;
  ctx.beginPath();
  for (let i = 0; i < points.length; i += 2) {
    ctx.moveTo(points[i]! + 2.2, points[i + 1]!);
    ctx.arc(points[i]!, points[i + 1]!, 2.2, 0, 2 * Math.PI);
  }
  ctx.fill();
}

function grid(ctx: Ctx, layout: Layout, c: Colours): void {
  const { scale, lanes, bottom } = layout;
  ctx.strokeStyle = c.line;
  ctx.lineWidth = 1;
  ctx.globalAlpha = 0.4;
  ctx.beginPath();
  for (const v of layout.xTicks.major) {
    const x = round(scale.x(v)) + 0.5;
    ctx.moveTo(x, lanes[0]!.top);
    ctx.lineTo(x, bottom);
  }
  for (const lane of lanes) {
    for (const v of lane.ticks.major) {
      const y = round(yOf(lane, v)) + 0.5;
      ctx.moveTo(scale.left, y);
      ctx.lineTo(scale.left + scale.width, y);
    }
  }
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function frames(ctx: Ctx, layout: Layout, c: Colours): void {
  const { scale, bottom } = layout;
  ctx.strokeStyle = c.quiet;
  ctx.lineWidth = 1;
  ctx.beginPath();
  const [left, right] = [round(scale.left) - 0.5, round(scale.left + scale.width) + 0.5];
  const corner = (top: number, base: number) => {
    ctx.moveTo(left, round(top));
    ctx.lineTo(left, round(base) + 0.5);
    ctx.lineTo(right, round(base) + 0.5);
  };
  for (const lane of layout.lanes) {
    corner(lane.top, lane.top + lane.height);
    for (const v of lane.ticks.major) {
      const y = round(yOf(lane, v)) + 0.5;
      ctx.moveTo(left - 4, y);
      ctx.lineTo(left, y);
    }
  }
  if (layout.map) corner(layout.map.top, layout.map.top + layout.map.height);
  const ticksAt = (values: readonly number[], length: number) => {
    for (const v of values) {
      const x = round(scale.x(v)) + 0.5;
      ctx.moveTo(x, round(bottom) + 0.5);
      ctx.lineTo(x, round(bottom) + 0.5 + length);
    }
  };
  ticksAt(layout.xTicks.major, 5);
  ticksAt(layout.xTicks.minor, 3);
  ctx.stroke();
}

function labels(ctx: Ctx, store: SignalStore, layout: Layout, look: Look, c: Colours): void {
  const { scale, bottom, map } = layout;
  ctx.font = `11.5px ${c.font}`;
  ctx.fillStyle = c.text;
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  layout.xTicks.major.forEach((v, n) => ctx.fillText(layout.xTicks.labels[n]!, scale.x(v), bottom + 8));
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const lane of layout.lanes) {
    lane.ticks.major.forEach((v, n) => ctx.fillText(lane.ticks.labels[n]!, scale.left - 8, yOf(lane, v)));
  }
  if (map) {
    ctx.fillText(value(store.map!.ground), scale.left - 8, map.top + map.height - 4);
    ctx.fillText(value(store.map!.top), scale.left - 8, map.top + 6);
  }
  ctx.fillStyle = c.quiet;
  ctx.textAlign = "center";
  ctx.textBaseline = "bottom";
  ctx.fillText(layout.xTitle, scale.left + scale.width / 2, layout.height - 1);
  titles(ctx, store, layout, look.mapName);
}

/** Names of single lanes, inside at their left end, readable over any line. */
function laneNames(ctx: Ctx, store: SignalStore, layout: Layout, c: Colours): void {
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.lineWidth = 4;
  ctx.strokeStyle = c.ground;
  for (const lane of layout.lanes) {
    const channel = lane.channels[0]!;
    const name = shortened(ctx, channelName(store.data!.labels, channel), layout.scale.width / 2);
    ctx.strokeText(name, layout.scale.left + 5, lane.top + 1);
    ctx.fillStyle = c.channels[channel % c.channels.length]!;
    ctx.fillText(name, layout.scale.left + 5, lane.top + 1);
  }
}

/** Upright titles at the left edge; what does not fit is left out. */
function titles(ctx: Ctx, store: SignalStore, layout: Layout, mapName: string): void {
  const upright = (text: string, top: number, height: number) => {
    const short = shortened(ctx, text, height + 8);
    if (!short) return;
    ctx.save();
    ctx.translate(2, top + height / 2);
    ctx.rotate(-Math.PI / 2);
    ctx.textBaseline = "top";
    ctx.fillText(short, 0, 0);
    ctx.restore();
  };
  const { lanes } = layout;
  const all = lanes[lanes.length - 1]!;
  const factor = lanes[0]!.ticks.factor;
  upright(valueTitle(store) + (factor ? ` (${factor})` : ""), lanes[0]!.top, all.top + all.height - lanes[0]!.top);
  if (layout.map) upright(mapName, layout.map.top, layout.map.height);
}

function legend(ctx: Ctx, store: SignalStore, layout: Layout, c: Colours): void {
  const { labels: names, channels } = store.data!;
  const right = layout.scale.left + layout.scale.width;
  let x = layout.scale.left;
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (let n = 0; n < channels.length; n++) {
    const name = shortened(ctx, channelName(names, n), 140);
    const wide = ctx.measureText(name).width + 34;
    if (x + wide > right - 16) {
      ctx.fillStyle = c.quiet;
      ctx.fillText("…", x, 9);
      return;
    }
    ctx.fillStyle = c.channels[n % c.channels.length]!;
    ctx.fillRect(x, 8, 14, 2.5);
    ctx.fillStyle = c.text;
    ctx.fillText(name, x + 19, 9);
    x += wide;
  }
}

/** Text cut to a width, with an ellipsis; empty where not even that has room. */
export function shortened(ctx: Ctx, text: string, width: number): string {
  if (ctx.measureText(text).width <= width) return text;
  for (let n = min(text.length, 80); n > 0; n--) {
    const cut = `${text.slice(0, n).trimEnd()}…`;
    if (ctx.measureText(cut).width <= width) return cut;
  }
  return "";
}
