// A square whose two sides are two coordinates: the point in it can be dragged or moved by keys.

import { max, min, round } from "./arithmetic";
import { element, listen, setAttribute } from "./dom";
import { value } from "./format";
import { shareOf, valueAt, type Space } from "./latent-space";

const SIDE = 236;
/** Room around, in pixels, so that what lies on the edge can be seen and taken. */
const EDGE = 10;
const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1],
};

export interface Mark {
  readonly point: readonly number[];
  readonly name: string;
}

export interface PadOf {
  readonly name: string;
  axes(): readonly [number, number];
  choose(axes: [number, number]): void;
  /** Which coordinates there are to choose from. */
  choices(space: Space): readonly number[];
  space(): Space;
  point(): readonly number[];
  move(changes: (readonly [number, number])[], last: boolean): void;
  /** Draw what lies below the point; `at` gives pixels of a point. */
  below(ctx: CanvasRenderingContext2D, at: (point: readonly number[]) => [number, number], colour: (name: string) => string): void;
}

export function makePad(of: PadOf) {
  const canvas = element("canvas.rwe-pad", { tabindex: 0, role: "application", "aria-roledescription": "pad to move a point on" });
  const selects = ["across", "up"].map((side) => element("select", { "aria-label": `${of.name}: coordinate ${side}` }));
  const el = element(
    "div.rwe-padded",
    {},
    canvas,
    element("div.rwe-axes", {}, ...["→ ", "↑ "].map((sign, i) => element("label", {}, sign, selects[i]!))),
  );
  let offered = "";

  const inner = SIDE - 2 * EDGE;
  function at(point: readonly number[]): [number, number] {
    const [i, j] = of.axes();
    const space = of.space();
    return [EDGE + shareOf(space, i, point[i]!) * inner, SIDE - EDGE - shareOf(space, j, point[j]!) * inner];
  }

  function follow(e: PointerEvent, last: boolean): void {
    const box = canvas.getBoundingClientRect();
    const share = (v: number, from: number, length: number) => ((v - from) * SIDE) / length;
    const x = (share(e.clientX, box.left, box.width) - EDGE) / inner;
    const y = 1 - (share(e.clientY, box.top, box.height) - EDGE) / inner;
    const [i, j] = of.axes();
    of.move([[i, valueAt(of.space(), i, x)], [j, valueAt(of.space(), j, y)]], last);
  }
  let held = false;
  listen(canvas, "pointerdown", (e) => {
    if (e.button) return;
    held = true;
    canvas.setPointerCapture(e.pointerId);
    follow(e, false);
  });
  listen(canvas, "pointermove", (e) => held && follow(e, false));
  for (const end of ["pointerup", "pointercancel"] as const) {
    listen(canvas, end, (e) => {
      if (held) follow(e, true);
      held = false;
    });
  }
  listen(canvas, "keydown", (e) => {
    const step = STEPS[e.key];
    if (!step || e.altKey || e.ctrlKey || e.metaKey) return;
    const by = e.shiftKey ? 0.1 : 0.02;
    const space = of.space();
    const point = of.point();
    of.move(of.axes().map((i, n) => [i, point[i]! + step[n]! * by * (space.maximum[i]! - space.minimum[i]!)] as const), true);
    e.preventDefault();
    e.stopPropagation();
  });
  selects.forEach((select, n) =>
    listen(select, "change", () => {
      const axes = [...of.axes()] as [number, number];
      const chosen = Number(select.value);
      // The same coordinate twice would be a line: the two change places.
      if (axes[1 - n] === chosen) axes.reverse();
      else axes[n] = chosen;
      of.choose(axes);
    }),
  );

  return {
    el,
    update(): void {
      const space = of.space();
      const choices = of.choices(space);
      const look = choices.map((i) => space.coordinates[i]).join("\n");
      if (look !== offered) {
        offered = look;
        for (const select of selects) {
          select.replaceChildren(...choices.map((i) => element("option", { value: i }, space.coordinates[i]!)));
        }
      }
      const point = of.point();
      const axes = of.axes();
      selects.forEach((select, n) => (select.value = String(axes[n])));
      const words = axes.map((i) => `${space.coordinates[i]} ${value(point[i] ?? 0)}`).join(", ");
      setAttribute(canvas, "aria-label", `${of.name}: ${words}. Arrow keys move the point.`);
      if (point.length) paint();
    },
  };

  function paint(): void {
    const ratio = window.devicePixelRatio || 1;
    const side = round(SIDE * ratio);
    if (canvas.width !== side) canvas.width = canvas.height = side;
    const ctx = canvas.getContext("2d")!;
    const style = getComputedStyle(canvas);
    const colour = (name: string) => style.getPropertyValue(name).trim() || "#888";
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    ctx.clearRect(0, 0, SIDE, SIDE);
    ctx.font = `11px ${style.fontFamily}`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    of.below(ctx, at, colour);
    const [x, y] = at(of.point());
    ring(ctx, x, y, 9, colour("--rw-accent"));
  }
}

/** A ring with a dark and a light rim, seen on any ground. */
export function ring(ctx: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  for (const [width, stroke] of [[6, "#1d1f23"], [4, "#fff"], [2, colour]] as const) {
    ctx.beginPath();
    ctx.arc(min(SIDE - 3, max(3, x)), min(SIDE - 3, max(3, y)), radius, 0, 7);
    ctx.lineWidth = width;
    ctx.strokeStyle = stroke;
    ctx.stroke();
  }
}

export { EDGE, SIDE };
