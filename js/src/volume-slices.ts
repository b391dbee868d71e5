// Slices and projections out of a volume in C order, as rows and columns of the screen.

import type { Plane, Triple } from "./volume-planes";

export type Voxels = Uint8Array | Uint16Array | Float32Array;

export function strides(shape: Triple): Triple {
  return [shape[1] * shape[2], shape[2], 1];
}

interface Walk {
  readonly start: number;
  readonly col: number;
  readonly row: number;
  readonly width: number;
  readonly height: number;
  readonly deep: number;
  readonly depth: number;
}

function walkOf(plane: Plane, shape: Triple): Walk {
  const step = strides(shape);
  const [width, height] = [shape[plane.cols], shape[plane.rows]];
  const start =
    (plane.flipCols ? (width - 1) * step[plane.cols] : 0) +
    (plane.flipRows ? (height - 1) * step[plane.rows] : 0);
  return {
    start,
    col: plane.flipCols ? -step[plane.cols] : step[plane.cols],
    row: plane.flipRows ? -step[plane.rows] : step[plane.rows],
    width,
    height,
    deep: step[plane.through],
    depth: shape[plane.through],
  };
}

/** Fill `out` (height × width) with the slice at an index across the plane. */
export function takeSlice<T extends Voxels>(data: T, shape: Triple, plane: Plane, index: number, out: T): T {
  const w = walkOf(plane, shape);
  let o = 0;
  let line = w.start + index * w.deep;
  for (let y = 0; y < w.height; y++, line += w.row) {
    for (let x = 0, i = line; x < w.width; x++, i += w.col) out[o++] = data[i]!;
  }
  return out;
}

/** Fill `out` with the largest value along each line of sight. */
export function project<T extends Voxels>(data: T, shape: Triple, plane: Plane, out: T): T {
  takeSlice(data, shape, plane, 0, out);
  const w = walkOf(plane, shape);
  for (let z = 1; z < w.depth; z++) {
    let o = 0;
    let line = w.start + z * w.deep;
    for (let y = 0; y < w.height; y++, line += w.row) {
      for (let x = 0, i = line; x < w.width; x++, i += w.col, o++) {
        const v = data[i]!;
        if (v > out[o]!) out[o] = v;
      }
    }
  }
  return out;
}

/** An array of the same kind, for one slice. */
export function sameKind<T extends Voxels>(data: T, length: number): T {
  return new (data.constructor as new (length: number) => T)(length);
}
