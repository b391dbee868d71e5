// The narrow strip below: all of the signal, and which part of it is seen. Dragging moves that
// part; with the focus, arrow keys do.

import { max, min, round } from "./arithmetic";
import { element, listen, setAttribute } from "./dom";
import type { Colours } from "./signal-colours";
import { bands, linePoints, padded } from "./signal-lines";
import { prepare } from "./signal-painter";
import type { SignalStore } from "./signal-store";
import { isWhole, Scale, type Span } from "./signal-window";

export interface OverviewActions {
  /** Put the middle of what is seen at a position. */
  centre(position: number): void;
  /** Move by a share of what is seen, to the right on the screen if above 0. */
  move(share: number): void;
  toEnd(right: boolean): void;
}

const HEIGHT = 36;

export class Overview {
  readonly canvas = element("canvas.rw-overview", {
    tabindex: 0,
    role: "scrollbar",
    "aria-orientation": "horizontal",
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-label": "Part that is seen",
    title: "All of it; drag to move the part that is seen",
  });
  #scale: Scale | null = null;
  #span: Span | null = null;

  /** `moves` is the canvas whose part it moves. */
  constructor(act: OverviewActions, moves: HTMLCanvasElement) {
    moves.id = `rw-plot-${Math.random().toString(36).slice(2)}`;
    setAttribute(this.canvas, "aria-controls", moves.id);
    let grip: number | null = null;
    const position = (e: PointerEvent) => {
      const x = e.clientX - this.canvas.getBoundingClientRect().left;
      return this.#scale ? this.#scale.position(x) : 0;
    };
    listen(this.canvas, "pointerdown", (e) => {
      if (e.button !== 0 || !this.#span) return;
      this.canvas.setPointerCapture(e.pointerId);
      const { low, high } = this.#span;
      const at = position(e);
      // Taken hold of inside, it moves with the pointer; outside, it comes to the pointer first.
      grip = at >= low && at <= high ? (low + high) / 2 - at : 0;
      act.centre(at + grip);
    });
    listen(this.canvas, "pointermove", (e) => grip !== null && act.centre(position(e) + grip));
    const release = () => (grip = null);
    listen(this.canvas, "pointerup", release);
    listen(this.canvas, "pointercancel", release);
    listen(this.canvas, "lostpointercapture", release);
    listen(this.canvas, "keydown", (e) => {
      const keys: Record<string, () => void> = {
        ArrowLeft: () => act.move(-0.1),
        ArrowRight: () => act.move(0.1),
        PageUp: () => act.move(-0.9),
        PageDown: () => act.move(0.9),
        Home: () => act.toEnd(false),
        End: () => act.toEnd(true),
      };
      const run = e.altKey || e.ctrlKey || e.metaKey ? undefined : keys[e.key];
      if (!run) return;
      run();
      e.preventDefault();
      e.stopPropagation();
    });
  }

  draw(store: SignalStore, span: Span, left: number, width: number, reverse: boolean, showMask: boolean, c: Colours): void {
    const data = store.data!;
    const { axis } = data;
    const full = this.canvas.clientWidth || left + width;
    const ctx = prepare(this.canvas, full, HEIGHT);
    const scale = new Scale({ low: axis.low, high: axis.high }, left, width, reverse);
    this.#scale = scale;
    this.#span = span;
    ctx.fillStyle = c.raised;
    ctx.fillRect(left, 1, width, HEIGHT - 2);
    const mark = (spans: [number, number][], colour: string) => {
      ctx.fillStyle = colour;
      for (const [a, b] of spans) ctx.fillRect(a, 1, b - a, HEIGHT - 2);
    };
    if (showMask && store.mask) mark(bands(store.mask, axis, scale, 1.5), c.kept);
    mark(bands(store.selection.runs, axis, scale, 1.5), c.painted);
    const [low, high] = padded(...range(store), 0.12);
    ctx.lineWidth = 1;
    data.channels.slice(0, 8).forEach((line, n) => {
      const points = linePoints(line, axis, scale);
      ctx.beginPath();
      for (let i = 0; i < points.length; i += 2) {
        ctx.lineTo(points[i]!, 1 + (HEIGHT - 2) * (1 - (points[i + 1]! - low) / (high - low)));
      }
      ctx.strokeStyle = data.channels.length > 1 ? c.channels[n]! : c.quiet;
      ctx.stroke();
    });
    this.#drawWindow(ctx, scale, span, isWhole(axis, span), c);
    const where = axis.high - axis.low - (span.high - span.low);
    const share = where > 0 ? (span.low - axis.low) / where : 0;
    setAttribute(this.canvas, "aria-valuenow", round(100 * (reverse ? 1 - share : share)));
  }

  #drawWindow(ctx: CanvasRenderingContext2D, scale: Scale, span: Span, whole: boolean, c: Colours): void {
    this.canvas.dataset.whole = String(whole);
    if (whole) return;
    const [a, b] = scale.ends(span.low, span.high);
    ctx.fillStyle = c.ground;
    ctx.globalAlpha = 0.6;
    ctx.fillRect(scale.left, 1, a - scale.left, HEIGHT - 2);
    ctx.fillRect(b, 1, scale.left + scale.width - b, HEIGHT - 2);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = c.accent;
    ctx.lineWidth = 2;
    ctx.strokeRect(a, 1, max(2, b - a), HEIGHT - 2);
  }
}

function range(store: SignalStore): [number, number] {
  const lines = store.data!.channels.slice(0, 8);
  return [min(...lines.map((l) => l.low)), max(...lines.map((l) => l.high))];
}
