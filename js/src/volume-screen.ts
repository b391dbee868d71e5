// The elements of a VolumeView: three panels in two rows, and the readings in the free corner.

import { element, setAttribute, setText } from "./dom";
import type { Frame } from "./volume-frame";
import { GAP } from "./volume-layout";
import { describeOrientation, directionOf, PLANE_NAMES, type Plane, type PlaneName } from "./volume-planes";
import { readAt, sentence, sizes, type Reading } from "./volume-readout";
import type { VolumeState } from "./volume-state";
import type { VolumeStore } from "./volume-store";

const LEAST_INFO = 240;
const EDGES = ["left", "right", "top", "bottom"] as const;
const ROWS = [
  ["voxel", "Voxel"], ["place", "x, y, z (mm)"], ["value", "Value"], ["map", "Map"], ["rank", "Rank"],
  ["belongs", "Region"],
] as const;

interface Panel {
  readonly box: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly title: HTMLElement;
  readonly depth: HTMLElement;
  readonly edges: Record<(typeof EDGES)[number], HTMLElement>;
}

export class Screen {
  readonly grid = element("div.rw-slices");
  readonly panels: Record<PlaneName, Panel>;
  readonly #waiting = element("div.rw-waiting", {}, "Waiting for the kernel…");
  readonly #info = element("div.rw-info", { role: "group", "aria-label": "At the crosshair" });
  readonly #rows = new Map<string, [HTMLElement, HTMLElement]>();
  readonly #pointer = element("div.rw-pointer");
  readonly #size = element("div.rw-note");
  readonly #sides = element("div.rw-note");

  /** `extra` goes below the readings. */
  constructor(help: string, extra: Node) {
    const made = PLANE_NAMES.map((name) => [name, panel(name, help)] as const);
    this.panels = Object.fromEntries(made) as Record<PlaneName, Panel>;
    const list = element("div.rw-reading");
    for (const [key, label] of ROWS) {
      const words = element("span", { "data-reading": key });
      const row = element("div.rw-row", {}, element("span.rw-term", {}, label), words);
      this.#rows.set(key, [row, words]);
      list.append(row);
    }
    this.#info.append(list, this.#pointer, this.#size, this.#sides, extra);
    this.grid.append(...made.map(([, p]) => p.box), this.#info, this.#waiting);
    this.show(false);
  }

  /** The panel that an element of the widget belongs to. */
  planeOf(target: EventTarget | null): PlaneName | null {
    return PLANE_NAMES.find((name) => this.panels[name].canvas === target) ?? null;
  }

  show(ready: boolean): void {
    this.#waiting.hidden = ready;
    this.#info.hidden = !ready;
    for (const name of PLANE_NAMES) this.panels[name].box.hidden = !ready;
  }

  update(frame: Frame, state: VolumeState, store: VolumeStore, hovered: readonly [number, number, number] | null): void {
    const { columns, rows } = frame.layout;
    this.grid.style.gridTemplateColumns = columns.map((w) => `${w}px`).join(" ");
    this.grid.style.gridTemplateRows = `${rows[0]}px minmax(${rows[1]}px, auto)`;
    this.grid.style.gap = `${GAP}px`;
    // Beside the axial slice where there is room for words, else below it.
    this.#info.style.gridArea = columns[1] < LEAST_INFO ? "3 / 1 / 4 / 3" : "2 / 2";
    const channel = state.number("channel", 0);
    const projection = state.flag("projection");
    for (const name of PLANE_NAMES) this.#updatePanel(frame, state, store, name, projection);
    const reading = readAt(store, channel, state.crosshair);
    for (const [key, [row, words]] of this.#rows) {
      const text = reading[key as keyof Reading];
      row.hidden = !text;
      setText(words, text);
    }
    setText(this.#pointer, hovered ? `Pointer: ${sentence(readAt(store, channel, hovered))}` : "");
    setText(this.#size, sizes(store));
    setText(this.#sides, describeOrientation(store.orientation!, state.convention));
  }

  #updatePanel(frame: Frame, state: VolumeState, store: VolumeStore, name: PlaneName, projection: boolean): void {
    const one = this.panels[name];
    const plane = frame.planes[name];
    const place = frame.order.indexOf(name);
    one.box.style.gridArea = `${place === 2 ? 2 : 1} / ${place === 1 ? 2 : 1}`;
    const cell = frame.cell(name);
    one.canvas.style.height = `${cell.height}px`;
    one.canvas.dataset.tool = state.tool;
    one.canvas.dataset.plane = name;
    one.box.dataset.chosen = String(state.flag("playing") && state.plane === name);
    setText(one.title, plane.title);
    setText(one.depth, projection ? "maximum" : depthOf(plane, state, store));
    for (const edge of EDGES) setText(one.edges[edge], plane.edges[edge]);
    setAttribute(one.canvas, "aria-label", labelOf(plane, state, store, projection));
  }
}

function depthOf(plane: Plane, state: VolumeState, store: VolumeStore): string {
  const crosshair = state.crosshair;
  return `${crosshair[plane.through] + 1} / ${store.shape[plane.through]}`;
}

function labelOf(plane: Plane, state: VolumeState, store: VolumeStore, projection: boolean): string {
  const about = state.text("alt") || "Volume";
  const orientation = store.orientation!;
  const sides = orientation.known
    ? `; on the left of the screen ${plane.edges.left}, on top ${plane.edges.top}`
    : "";
  const depth = projection ? "maximum projection" : `slice ${depthOf(plane, state, store)} ${directionOf(orientation, plane.through)}`;
  return `${about}. ${plane.title}, ${depth}${sides}`;
}

function panel(name: PlaneName, help: string): Panel {
  const canvas = element("canvas.rw-slice", {
    tabindex: 0, role: "application", "aria-describedby": help,
    "aria-roledescription": "slice", "data-plane": name,
  });
  const title = element("span.rw-title");
  const depth = element("span.rw-depth", { "aria-hidden": "true" });
  const edges = Object.fromEntries(
    EDGES.map((edge) => [edge, element("span", { class: `rw-edge rw-edge-${edge}`, "aria-hidden": "true" })]),
  ) as Panel["edges"];
  const box = element(
    "div.rw-panel", {}, canvas, element("div.rw-head", { "aria-hidden": "true" }, title), depth,
    ...Object.values(edges),
  );
  return { box, canvas, title, depth, edges };
}

