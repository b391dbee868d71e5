import { describe, expect, it } from "vitest";
import {
  arranged, describeOrientation, nearest, planesOf, toPlane, toVoxel, toWorld,
  type Axis, type Convention, type Orientation, type PlaneName, type Triple,
} from "../src/volume-planes";
import { strides, takeSlice } from "../src/volume-slices";

const LETTERS = { R: [0, 1], L: [0, -1], A: [1, 1], P: [1, -1], S: [2, 1], I: [2, -1] } as const;

function oriented(codes: string): Orientation {
  const found = [...codes].map((c) => LETTERS[c as keyof typeof LETTERS]);
  return {
    world: found.map((f) => f[0]) as unknown as Triple,
    sign: found.map((f) => f[1]) as unknown as Triple,
    spacing: [1, 1, 1],
    unit: "mm",
    known: true,
    tilt: 0,
    affine: null,
  };
}

/** All 48 ways of laying voxel axes along the body's, as codes such as "RAS". */
const ALL: string[] = [];
for (const x of "RL") for (const y of "AP") for (const z of "SI") {
  for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
    ALL.push(order.map((i) => [x, y, z][i]).join(""));
  }
}

const SHAPE: Triple = [4, 5, 6];

/** The voxel that lies outermost towards the named sides, e.g. left, anterior, superior. */
function corner(o: Orientation, sides: readonly ("R" | "L" | "A" | "P" | "S" | "I")[]): Triple {
  const voxel = [0, 0, 0];
  for (const side of sides) {
    const [body, way] = LETTERS[side];
    const axis = o.world.indexOf(body);
    voxel[axis] = o.sign[axis] === way ? SHAPE[axis]! - 1 : 0;
  }
  return voxel as unknown as Triple;
}

/** Column and row of the only marked pixel of a slice through the marked voxel. */
function seen(o: Orientation, convention: Convention, name: PlaneName, marked: Triple) {
  const plane = planesOf(o, convention)[name];
  const step = strides(SHAPE);
  const data = new Uint8Array(120);
  data[marked[0] * step[0] + marked[1] * step[1] + marked[2]] = 9;
  const [w, h] = [SHAPE[plane.cols], SHAPE[plane.rows]];
  const out = takeSlice(data, SHAPE, plane, marked[plane.through], new Uint8Array(w * h));
  const at = out.indexOf(9);
  expect(at).toBeGreaterThanOrEqual(0);
  return { plane, x: at % w, y: Math.floor(at / w), w, h };
}

describe("left and right", () => {
  it.each(ALL)("%s: the left anterior superior corner is where each convention puts it", (codes) => {
    const o = oriented(codes);
    const marked = corner(o, ["L", "A", "S"]);
    for (const name of ["axial", "coronal"] as const) {
      const radiological = seen(o, "radiological", name, marked);
      expect([radiological.x, radiological.y]).toEqual([radiological.w - 1, 0]);
      expect(radiological.plane.edges.right).toBe("L");
      expect(radiological.plane.edges.left).toBe("R");
      const neurological = seen(o, "neurological", name, marked);
      expect([neurological.x, neurological.y]).toEqual([0, 0]);
      expect(neurological.plane.edges.left).toBe("L");
      expect(neurological.plane.edges.right).toBe("R");
    }
    for (const convention of ["radiological", "neurological"] as const) {
      const side = seen(o, convention, "sagittal", marked);
      expect([side.x, side.y]).toEqual([0, 0]);
      expect(side.plane.edges).toEqual({ left: "A", right: "P", top: "S", bottom: "I" });
    }
    expect(planesOf(o, "radiological").axial.edges.top).toBe("A");
    expect(planesOf(o, "radiological").axial.edges.bottom).toBe("P");
    expect(planesOf(o, "radiological").coronal.edges.top).toBe("S");
  });

  it.each(ALL)("%s: the right posterior inferior corner is opposite", (codes) => {
    const o = oriented(codes);
    const marked = corner(o, ["R", "P", "I"]);
    const r = seen(o, "radiological", "axial", marked);
    expect([r.x, r.y]).toEqual([0, r.h - 1]);
    const n = seen(o, "neurological", "coronal", marked);
    expect([n.x, n.y]).toEqual([n.w - 1, n.h - 1]);
    const s = seen(o, "neurological", "sagittal", marked);
    expect([s.x, s.y]).toEqual([s.w - 1, s.h - 1]);
  });

  it.each(ALL)("%s: scrolling ahead goes towards superior, anterior and right", (codes) => {
    const o = oriented(codes);
    const planes = planesOf(o, "radiological");
    for (const [name, side] of [["axial", "S"], ["coronal", "A"], ["sagittal", "R"]] as const) {
      const plane = planes[name];
      const end = corner(o, [side])[plane.through];
      expect(end === 0 ? -1 : 1).toBe(plane.ahead);
    }
  });
});

describe("an unknown orientation", () => {
  const o: Orientation = { ...oriented("RAS"), known: false };

  it("letters no side, whatever the convention", () => {
    for (const convention of ["radiological", "neurological"] as const) {
      for (const plane of Object.values(planesOf(o, convention))) {
        for (const text of [plane.title, ...Object.values(plane.edges)]) {
          expect(text).not.toMatch(/^[LRAPSI]$|axial|coronal|sagittal/i);
        }
        expect([plane.flipCols, plane.flipRows]).toEqual([false, false]);
      }
    }
    expect(describeOrientation(o, "radiological")).toMatch(/unknown/);
    expect(toWorld(o, [0, 0, 0])).toBeNull();
  });

  it("shows the last axis' slices with rows down and columns right", () => {
    const plane = planesOf(o, "radiological").axial;
    expect([plane.through, plane.rows, plane.cols]).toEqual([2, 0, 1]);
  });
});

describe("places", () => {
  it.each(ALL.slice(0, 12))("%s: the panels share rows and columns as they are arranged", (codes) => {
    for (const o of [oriented(codes), { ...oriented(codes), known: false }]) {
      const planes = planesOf(o, "radiological");
      const [a, b, c] = arranged(o);
      expect(planes[b].rows).toBe(planes[a].rows);
      expect(planes[b].flipRows).toBe(planes[a].flipRows);
      expect(planes[c].cols).toBe(planes[a].cols);
      expect(planes[c].flipCols).toBe(planes[a].flipCols);
    }
  });

  it("come back from the screen as they went", () => {
    for (const codes of ALL) {
      for (const plane of Object.values(planesOf(oriented(codes), "radiological"))) {
        const voxel: Triple = [1.25, 3, 4.5];
        const [u, v] = toPlane(plane, SHAPE, voxel);
        expect(toVoxel(plane, SHAPE, u, v, voxel[plane.through])).toEqual(voxel);
      }
    }
  });

  it("are brought inside", () => {
    expect(nearest([-3, 2.4, 99], SHAPE)).toEqual([0, 2, 5]);
  });

  it("have millimetres by the affine", () => {
    const affine = [[-2, 0, 0, 90], [0, 2, 0, -126], [0, 0, 2, -72], [0, 0, 0, 1]];
    expect(toWorld({ ...oriented("LAS"), affine }, [45, 63, 36])).toEqual([0, 0, 0]);
    expect(toWorld({ ...oriented("LAS"), affine }, [0, 0, 0])).toEqual([90, -126, -72]);
  });

  it("say when the scan is oblique", () => {
    const o = { ...oriented("RAS"), tilt: 12.34 };
    expect(describeOrientation(o, "neurological")).toMatch(/on the left.*12\.3°.*nearest/);
  });
});

describe("slices", () => {
  it("hold the values of the array for every orientation", () => {
    const data = Uint16Array.from({ length: 120 }, (_, i) => i);
    const step = strides(SHAPE);
    for (const codes of ALL) {
      const o = oriented(codes);
      for (const plane of Object.values(planesOf(o, "radiological"))) {
        const [w, h] = [SHAPE[plane.cols], SHAPE[plane.rows]];
        const slice = takeSlice(data, SHAPE, plane, 2, new Uint16Array(w * h));
        for (const [x, y] of [[0, 0], [w - 1, h - 1], [1, 2]] as const) {
          const place = nearest(toVoxel(plane, SHAPE, x + 0.5, y + 0.5, 2), SHAPE);
          const wanted = place.reduce((sum, at, a) => sum + at * step[a as Axis], 0);
          expect(slice[y * w + x]).toBe(wanted);
        }
      }
    }
  });
});
