// The geometry of everything on the screen at one moment.

import { layOut, placingOf, underneath, type Cell, type Layout, type Placing } from "./volume-layout";
import {
  arranged, nearest, toPlane, toVoxel,
  type Orientation, type Plane, type PlaneName, type Triple,
} from "./volume-planes";
import type { VolumeState } from "./volume-state";
import type { VolumeStore } from "./volume-store";

export class Frame {
  readonly planes: Record<PlaneName, Plane>;
  readonly order: readonly [PlaneName, PlaneName, PlaneName];
  readonly layout: Layout;
  readonly #shape: Triple;
  readonly #zoom: number;
  readonly #centre: Triple;

  readonly #orientation: Orientation;

  constructor(
    orientation: Orientation,
    store: VolumeStore,
    state: VolumeState,
    width: number,
  ) {
    this.#orientation = orientation;
    this.#shape = store.shape;
    this.planes = state.planes(orientation);
    this.order = arranged(orientation);
    const [a, b, c] = this.order;
    this.layout = layOut([this.planes[a], this.planes[b], this.planes[c]], this.#shape, orientation.spacing, width);
    this.#zoom = state.zoom;
    this.#centre = state.centre;
  }

  cell(name: PlaneName): Cell {
    const place = this.order.indexOf(name);
    const { columns, rows } = this.layout;
    return { width: columns[place === 1 ? 1 : 0], height: rows[place === 2 ? 1 : 0] };
  }

  placing(name: PlaneName): Placing {
    const { spacing } = this.#orientation;
    return placingOf(this.planes[name], this.#shape, spacing, this.cell(name), this.layout.scale, this.#zoom, this.#centre);
  }

  /** Plane position of a voxel position. */
  inPlane(name: PlaneName, voxel: Triple): [number, number] {
    return toPlane(this.planes[name], this.#shape, voxel);
  }

  /** Voxel position under a position of a panel, at the crosshair's depth. */
  place(name: PlaneName, x: number, y: number, crosshair: Triple): [number, number, number] {
    const plane = this.planes[name];
    const [u, v] = underneath(this.placing(name), x, y);
    return toVoxel(plane, this.#shape, u, v, crosshair[plane.through]);
  }

  /** The voxel under a position of a panel; null outside the volume. */
  voxel(name: PlaneName, x: number, y: number, crosshair: Triple): [number, number, number] | null {
    const place = this.place(name, x, y, crosshair);
    const inside = place.every((v, a) => v >= -0.5 && v < this.#shape[a]! - 0.5);
    return inside ? nearest(place, this.#shape) : null;
  }
}
