// What follows the pointer, the keyboard and the sound: cursor, stretch being chosen, playhead.

import { max } from "./arithmetic";
import type { Colours } from "./signal-colours";
import { yOf, type Layout } from "./signal-layout";
import type { Interval } from "./signal-intervals";
import type { SignalStore } from "./signal-store";

export interface Overlay {
  /** Place under the pointer or the keyboard's cursor. */
  readonly cursor: number | null;
  /** Stretch that is being chosen, and what for. */
  readonly chosen: { readonly places: Interval; readonly tool: string } | null;
  /** Where the sound is, in units of the axis. */
  readonly playhead: number | null;
}

export function paintOverlay(
  ctx: CanvasRenderingContext2D,
  store: SignalStore,
  layout: Layout,
  overlay: Overlay,
  c: Colours,
): void {
  const { axis, channels } = store.data!;
  const { scale } = layout;
  const top = layout.lanes[0]!.top;
  const height = layout.bottom - top;
  ctx.save();
  ctx.beginPath();
  ctx.rect(scale.left - 4, 0, scale.width + 8, layout.bottom + 4);
  ctx.clip();
  if (overlay.chosen) {
    const [start, stop] = overlay.chosen.places;
    const [a, b] = scale.ends(...axis.span(start, stop));
    const edge = overlay.chosen.tool === "brush" ? c.paintedEdge : overlay.chosen.tool === "eraser" ? c.quiet : c.accent;
    ctx.fillStyle = edge;
    ctx.globalAlpha = 0.22;
    ctx.fillRect(a, top, max(1, b - a), height);
    ctx.globalAlpha = 1;
    upright(ctx, [a, b], top, height, edge, 1);
  }
  if (overlay.cursor !== null) {
    const x = scale.x(axis.at(overlay.cursor));
    ctx.setLineDash([3, 3]);
    upright(ctx, [x], top, height, c.quiet, 1);
    ctx.setLineDash([]);
    for (const lane of layout.lanes) {
      for (const channel of lane.channels) {
        const y = yOf(lane, channels[channel]!.values[overlay.cursor]!);
        if (y < lane.top - 1 || y > lane.top + lane.height + 1) continue;
        ctx.beginPath();
        ctx.arc(x, y, 3.5, 0, 2 * Math.PI);
        ctx.fillStyle = channels.length > 1 ? c.channels[channel % c.channels.length]! : c.text;
        ctx.fill();
        ctx.lineWidth = 1.5;
        ctx.strokeStyle = c.ground;
        ctx.stroke();
      }
    }
  }
  if (overlay.playhead !== null) upright(ctx, [scale.x(overlay.playhead)], top, height, c.accent, 2);
  ctx.restore();
}

function upright(
  ctx: CanvasRenderingContext2D,
  at: readonly number[],
  top: number,
  height: number,
  colour: string,
  width: number,
): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.beginPath();
  for (const x of at) {
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
  }
  ctx.stroke();
}
