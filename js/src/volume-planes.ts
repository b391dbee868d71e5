// Which voxel axis runs where on the screen, in each of the three planes. This is the one place
// that decides about left and right.

import { max, min, round } from "./arithmetic";

export type Triple = readonly [number, number, number];
export type Axis = 0 | 1 | 2;
export type Convention = "radiological" | "neurological";
export const PLANE_NAMES = ["axial", "coronal", "sagittal"] as const;
export type PlaneName = (typeof PLANE_NAMES)[number];

/** How the voxel axes lie in the body; see the kernel's `Orientation`. */
export interface Orientation {
  /** For each voxel axis: 0 left to right, 1 posterior to anterior, 2 inferior to superior. */
  readonly world: Triple;
  /** +1 if the index grows towards right, anterior or superior. */
  readonly sign: Triple;
  readonly spacing: Triple;
  readonly unit: string;
  readonly known: boolean;
  /** Degrees between the scan's axes and the body's. */
  readonly tilt: number;
  readonly affine: readonly (readonly number[])[] | null;
}

export interface Edges {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

export interface Plane {
  readonly name: PlaneName;
  readonly title: string;
  /** Voxel axes: across the slices, to the right of the screen, down the screen. */
  readonly through: Axis;
  readonly cols: Axis;
  readonly rows: Axis;
  /** The index falls along the screen's direction. */
  readonly flipCols: boolean;
  readonly flipRows: boolean;
  /** +1 if the index grows towards superior, anterior or right: the way up when scrolling. */
  readonly ahead: 1 | -1;
  readonly edges: Edges;
}

const LETTERS = [["L", "R"], ["P", "A"], ["I", "S"]] as const;
const WORDS = [["left", "right"], ["posterior", "anterior"], ["inferior", "superior"]] as const;
/** Body axes of each plane: across the slices, to the right, up. */
const BODY = { axial: [2, 0, 1], coronal: [1, 0, 2], sagittal: [0, 1, 2] } as const;

export function planesOf(o: Orientation, convention: Convention): Record<PlaneName, Plane> {
  return {
    axial: o.known ? bodyPlane("axial", o, convention) : plainPlane("axial", 2, 1, 0),
    coronal: o.known ? bodyPlane("coronal", o, convention) : plainPlane("coronal", 1, 2, 0),
    sagittal: o.known ? bodyPlane("sagittal", o, convention) : plainPlane("sagittal", 0, 1, 2),
  };
}

function bodyPlane(name: PlaneName, o: Orientation, convention: Convention): Plane {
  const [across, beside, up] = BODY[name];
  // Radiologists look from the feet and from the front: the patient's left is on their right.
  // Sagittal slices have no such choice; anterior is on the left of the screen, as on a PACS.
  const towards = beside === 0 && convention === "neurological" ? 1 : -1;
  const axis = (body: number) => o.world.indexOf(body) as Axis;
  const [through, cols, rows] = [axis(across), axis(beside), axis(up)];
  return {
    name,
    title: name[0]!.toUpperCase() + name.slice(1),
    through,
    cols,
    rows,
    flipCols: o.sign[cols] !== towards,
    flipRows: o.sign[rows] === 1,
    ahead: o.sign[through] === 1 ? 1 : -1,
    edges: {
      left: LETTERS[beside][towards === 1 ? 0 : 1],
      right: LETTERS[beside][towards === 1 ? 1 : 0],
      top: LETTERS[up][1],
      bottom: LETTERS[up][0],
    },
  };
}

/** Nothing is known: as a table of numbers is shown, and no side has a letter. */
function plainPlane(name: PlaneName, through: Axis, cols: Axis, rows: Axis): Plane {
  return {
    name,
    title: `Across axis ${through + 1}`,
    through,
    cols,
    rows,
    flipCols: false,
    flipRows: false,
    ahead: 1,
    edges: { left: "", right: `axis ${cols + 1} ▸`, top: "", bottom: `axis ${rows + 1} ▾` },
  };
}

/** The panels' places: the first has a neighbour of the same rows, and one of the same columns. */
export function arranged(o: Orientation): readonly [PlaneName, PlaneName, PlaneName] {
  return o.known ? ["coronal", "sagittal", "axial"] : ["axial", "coronal", "sagittal"];
}

/** Position of a voxel's middle in a plane, in screen columns and rows from the first corner. */
export function toPlane(p: Plane, shape: Triple, voxel: Triple): [number, number] {
  const u = voxel[p.cols] + 0.5;
  const v = voxel[p.rows] + 0.5;
  return [p.flipCols ? shape[p.cols] - u : u, p.flipRows ? shape[p.rows] - v : v];
}

/** Voxel position (a whole number is a voxel's middle) under a plane's position, at one depth. */
export function toVoxel(p: Plane, shape: Triple, u: number, v: number, depth: number): [number, number, number] {
  const voxel: [number, number, number] = [0, 0, 0];
  voxel[p.through] = depth;
  voxel[p.cols] = (p.flipCols ? shape[p.cols] - u : u) - 0.5;
  voxel[p.rows] = (p.flipRows ? shape[p.rows] - v : v) - 0.5;
  return voxel;
}

/** The voxel that a position lies in, brought inside the volume. */
export function nearest(voxel: Triple, shape: Triple): [number, number, number] {
  const inside = (i: Axis) => min(shape[i] - 1, max(0, round(voxel[i])));
  return [inside(0), inside(1), inside(2)];
}

/** Millimetres (RAS+) of a voxel position; null where there is no affine. */
export function toWorld(o: Orientation, voxel: Triple): [number, number, number] | null {
  const a = o.affine;
  if (!a) return null;
  const row = (r: number) => a[r]![0]! * voxel[0] + a[r]![1]! * voxel[1] + a[r]![2]! * voxel[2] + a[r]![3]!;
  return [row(0), row(1), row(2)];
}

/** What a person should know about the sides, in a sentence or two. */
export function describeOrientation(o: Orientation, convention: Convention): string {
  if (!o.known) return "Orientation unknown: sides are not lettered.";
  const side = convention === "radiological" ? "right" : "left";
  const words = `${convention === "radiological" ? "Radiological" : "Neurological"}: the patient's left is on the ${side} of the screen.`;
  if (!o.tilt) return words;
  return `${words} Oblique scan: its axes are tilted by up to ${o.tilt.toFixed(1)}°; letters name the nearest direction.`;
}

/** Where a voxel axis points, for screen readers: "towards left". */
export function directionOf(o: Orientation, axis: Axis): string {
  return o.known ? `towards ${WORDS[o.world[axis]]![o.sign[axis] === 1 ? 1 : 0]}` : `along axis ${axis + 1}`;
}
