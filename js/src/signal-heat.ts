// The map of a signal: as an area below the lines, or as colour behind them.

import { max, min, round } from "./arithmetic";
import { colourTable } from "./colormaps";
import type { Colours } from "./signal-colours";
import type { Lane, Layout, Look } from "./signal-layout";
import type { SignalStore } from "./signal-store";
import { quantile } from "./threshold";

type Ctx = CanvasRenderingContext2D;

/** Colours span the range of the map, as in pictures: only differences tell something. */
function colourOf(store: SignalStore, look: Look): (v: number) => string | null {
  const { sorted, top } = store.map!;
  const low = max(0, quantile(sorted, 0));
  const floor = low < top ? low : 0;
  const table = colourTable(look.colormap);
  return (v) => {
    if (!(v > 0) || top <= 0 || v < look.threshold * top) return null;
    const at = 3 * min(255, round((255 * (v - floor)) / (top - floor)));
    return `rgb(${table[at]}, ${table[at + 1]}, ${table[at + 2]})`;
  };
}

export function heatBehind(ctx: Ctx, store: SignalStore, layout: Layout, lane: Lane, heat: Float32Array, look: Look): void {
  const { scale } = layout;
  const colour = colourOf(store, look);
  const wide = scale.width / heat.length;
  const { top, sorted } = store.map!;
  const low = max(0, quantile(sorted, 0));
  heat.forEach((v, k) => {
    const fill = colour(v);
    if (!fill) return;
    const share = top > low ? (v - low) / (top - low) : 1;
    ctx.globalAlpha = look.opacity * min(1, 0.15 + share) * 0.55;
    ctx.fillStyle = fill;
    ctx.fillRect(scale.left + k * wide, lane.top, wide + 0.5, lane.height);
  });
  ctx.globalAlpha = 1;
}

export function heatBelow(ctx: Ctx, store: SignalStore, layout: Layout, heat: Float32Array, look: Look, c: Colours): void {
  const { scale, map } = layout;
  const { top, ground } = store.map!;
  if (top <= 0) return;
  const colour = colourOf(store, look);
  const wide = scale.width / heat.length;
  const base = map!.top + map!.height;
  const high = (v: number) => (max(0, v - ground) / (top - ground)) * (map!.height - 4);
  const line = new Path2D();
  heat.forEach((v, k) => {
    const x = scale.left + k * wide;
    const y = base - high(v);
    line.lineTo(x, y);
    line.lineTo(x + wide, y);
    const fill = colour(v);
    ctx.globalAlpha = fill ? look.opacity : 0.25;
    ctx.fillStyle = fill ?? c.line;
    ctx.fillRect(x, y, wide + 0.4, base - y);
  });
  ctx.globalAlpha = 1;
  ctx.strokeStyle = c.text;
  ctx.lineWidth = 0.8;
  ctx.stroke(line);
  if (look.threshold > 0) {
    const y = base - high(look.threshold * top);
    ctx.setLineDash([4, 3]);
    ctx.strokeStyle = c.quiet;
    ctx.beginPath();
    ctx.moveTo(scale.left, y);
    ctx.lineTo(scale.left + scale.width, y);
    ctx.stroke();
    ctx.setLineDash([]);
  }
}
