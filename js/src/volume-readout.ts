// What is at a voxel, in words and numbers.

import { abs, finite } from "./arithmetic";
import { percent, value } from "./format";
import { toWorld, type Triple } from "./volume-planes";
import { valueAt, type VolumeStore } from "./volume-store";

export interface Reading {
  readonly voxel: string;
  readonly place: string;
  readonly value: string;
  readonly map: string;
  readonly rank: string;
  readonly belongs: string;
}

/** Values of a volume need more digits than those of a map: 1034 is not 1030. */
export function exactly(v: number): string {
  if (!finite(v)) return "–";
  if (Number.isInteger(v) && abs(v) < 1e7) return String(v);
  const size = abs(v);
  return size >= 0.001 && size < 1e6 ? String(Number(v.toPrecision(5))) : v.toExponential(3);
}

export function readAt(store: VolumeStore, channel: number, voxel: Triple): Reading {
  const { orientation, map, mask, history } = store;
  const layer = store.channels[channel] ?? store.channels[0];
  if (!orientation || !layer) return { voxel: "", place: "", value: "", map: "", rank: "", belongs: "" };
  const i = store.index(voxel);
  const world = toWorld(orientation, voxel);
  const about = layer.scaling.exact ? "" : "≈ ";
  const belongs = [];
  if (mask) belongs.push(mask[i] ? "in the explanation" : "outside the explanation");
  if (history.mask[i]) belongs.push("painted");
  return {
    voxel: voxel.join(", "),
    place: world ? world.map((mm) => mm.toFixed(1).replace(/^-0\.0$/, "0.0").replace("-", "−")).join(", ") : "",
    value: about + exactly(valueAt(layer, i)),
    map: map ? (map.scaling.exact ? "" : "≈ ") + value(valueAt(map, i)) : "",
    rank: map ? `top ${percent(map.rank(i))}` : "",
    belongs: belongs.join(", "),
  };
}

/** One line, for the pointer and for screen readers. */
export function sentence(r: Reading): string {
  const parts = [`voxel ${r.voxel}`];
  if (r.place) parts.push(`${r.place} mm`);
  parts.push(`value ${r.value}`);
  if (r.map) parts.push(`map ${r.map}`, r.rank);
  if (r.belongs) parts.push(r.belongs);
  return parts.join(" · ");
}

/** "91 × 109 × 91 voxels of 2 × 2 × 2 mm" */
export function sizes(store: VolumeStore): string {
  const { orientation, shape } = store;
  if (!orientation) return "";
  const voxels = `${shape.join(" × ")} voxels`;
  if (orientation.unit !== "mm") return voxels;
  return `${voxels} of ${orientation.spacing.map((s) => String(Number(s.toPrecision(3)))).join(" × ")} mm`;
}
