import { describe, expect, it } from "vitest";
import { pack, unpack } from "../src/mask-bits";
import { MapColours } from "../src/volume-colours";
import { slicesOf } from "../src/volume-input";
import { barLength, clampCentre, layOut, placingOf, underneath } from "../src/volume-layout";
import { planesOf, type Orientation, type Triple } from "../src/volume-planes";
import { exactly, readAt, sentence, sizes } from "../src/volume-readout";
import { project } from "../src/volume-slices";
import { valueAt, VolumeStore } from "../src/volume-store";
import { dragged, GreyTable, preset, type Scaling } from "../src/volume-window";

const RAS: Orientation = {
  world: [0, 1, 2], sign: [1, 1, 1], spacing: [1, 1, 4], unit: "mm", known: true, tilt: 0,
  affine: [[1, 0, 0, -10], [0, 1, 0, 0], [0, 0, 4, 0], [0, 0, 0, 1]],
};
const SHAPE: Triple = [2, 3, 4];
const PLAIN: Scaling = { scale: 1, offset: 0, exact: true, low: 0, high: 23, p1: 1, p99: 20 };

function volume(store = new VolumeStore(), kind = "uint8", data: ArrayBufferView = Uint8Array.from({ length: 24 }, (_, i) => i)) {
  store.receive({ type: "volume", shape: SHAPE, channels: [{ kind, ...PLAIN }], orientation: RAS }, [data]);
  return store;
}

describe("layout", () => {
  const planes = planesOf(RAS, "radiological");
  const order = [planes.coronal, planes.sagittal, planes.axial] as const;
  const shape: Triple = [100, 120, 20];

  it("makes a millimetre as long across as down, in all panels", () => {
    const layout = layOut(order, shape, RAS.spacing, 500);
    for (const plane of order) {
      const at = placingOf(plane, shape, RAS.spacing, { width: 200, height: 200 }, layout.scale, 1, [49.5, 59.5, 9.5]);
      expect(at.kx / RAS.spacing[plane.cols]).toBeCloseTo(layout.scale);
      expect(at.ky / RAS.spacing[plane.rows]).toBeCloseTo(layout.scale);
    }
    expect(layout.columns[0] + layout.columns[1]).toBe(496);
    expect(layout.rows[0] / layout.rows[1]).toBeCloseTo(96 / 120, 0);
  });

  it("shows the middle in the middle, and finds it again", () => {
    const at = placingOf(planes.axial, shape, RAS.spacing, { width: 200, height: 240 }, 2, 1, [49.5, 59.5, 9.5]);
    expect([at.x0, at.y0]).toEqual([0, 0]);
    expect(underneath(at, 100, 120)).toEqual([50, 60]);
  });

  it("keeps the centre where only the volume is seen", () => {
    expect(clampCentre([0, 0, 0], shape, 1)).toEqual([49.5, 59.5, 9.5]);
    expect(clampCentre([0, 60, 99], shape, 2)).toEqual([24.5, 60, 14.5]);
  });

  it("never gives a panel too little room, nor a spine too much", () => {
    const flat = layOut(order, [512, 4, 512], [1, 1, 1], 600);
    expect(Math.min(...flat.columns)).toBeGreaterThanOrEqual(96);
    const spine = layOut(order, [20, 20, 500], [1, 1, 1], 600);
    expect(spine.rows[0] + spine.rows[1]).toBeLessThan(1000);
  });

  it("has scale bars of likeable lengths", () => {
    expect([73, 100, 21, 0.4].map(barLength)).toEqual([50, 100, 20, 0.2]);
  });
});

describe("window and level", () => {
  it("maps the window's ends to black and white", () => {
    const pixels = new Uint32Array(4);
    new GreyTable().shade(Uint8Array.from([0, 10, 15, 99]), PLAIN, { window: 10, level: 15 }, pixels);
    expect([...pixels].map((p) => p & 255)).toEqual([0, 0, 128, 255]);
    expect([...pixels].every((p) => p >>> 24 === 255)).toBe(true);
  });

  it("shades stored steps and floats alike", () => {
    const s: Scaling = { ...PLAIN, scale: 0.25, offset: -3 };
    const steps = Uint16Array.from([0, 7, 12, 500, 65535]);
    const [a, b] = [new Uint32Array(5), new Uint32Array(5)];
    new GreyTable().shade(steps, s, { window: 3, level: 0.1 }, a);
    const values = Float32Array.from(steps, (v) => v * 0.25 - 3);
    new GreyTable().shade(values, PLAIN, { window: 3, level: 0.1 }, b);
    expect(a).toEqual(b);
  });

  it("has presets for the whole range and for all but the extremes", () => {
    expect(preset("full", PLAIN)).toEqual({ window: 23, level: 11.5 });
    expect(preset("percentiles", PLAIN)).toEqual({ window: 19, level: 10.5 });
    expect(preset("full", { ...PLAIN, low: 4, high: 4 }).window).toBe(1);
  });

  it("widens to the right, and never narrows to nothing", () => {
    const from = preset("full", PLAIN);
    expect(dragged(from, 50, 0, PLAIN).window).toBeGreaterThan(from.window);
    expect(dragged(from, 0, -50, PLAIN).level).toBeLessThan(from.level);
    expect(dragged(from, -1e9, 0, PLAIN).window).toBeGreaterThan(0);
  });
});

describe("the store", () => {
  it("takes in layers and reads them", () => {
    const store = volume();
    store.receive({ type: "map", kind: "float32", ...PLAIN, high: 4, top: [1, 2, 3] }, [new Float32Array(24).fill(1).fill(4, 23)]);
    store.receive({ type: "mask" }, [Uint8Array.from([0, 0, 1])]);
    const reading = readAt(store, 0, [1, 2, 3]);
    expect(reading).toEqual({
      voxel: "1, 2, 3", place: "−9.0, 2.0, 12.0", value: "23", map: "4", rank: "top 4.2 %", belongs: "in the explanation",
    });
    expect(sentence(reading)).toMatch(/^voxel 1, 2, 3 · −9\.0, 2\.0, 12\.0 mm · value 23 · map 4/);
    expect(sizes(store)).toBe("2 × 3 × 4 voxels of 1 × 1 × 4 mm");
  });

  it("ranks quantised maps as it ranks floats", () => {
    const store = volume();
    const steps = Uint16Array.from({ length: 24 }, (_, i) => (i * 7) % 24);
    store.receive({ type: "map", kind: "uint16", ...PLAIN, top: [0, 0, 0] }, [steps]);
    const exact = volume();
    exact.receive({ type: "map", kind: "float32", ...PLAIN, top: [0, 0, 0] }, [Float32Array.from(steps)]);
    for (let i = 0; i < 24; i++) expect(store.map!.rank(i)).toBe(exact.map!.rank(i));
  });

  it("says when values are rounded", () => {
    const store = volume();
    store.receive({ type: "map", kind: "uint16", ...PLAIN, exact: false, scale: 0.1, top: [0, 0, 0] }, [new Uint16Array(24).fill(5)]);
    expect(readAt(store, 0, [0, 0, 0]).map).toBe("≈ 0.5");
  });

  it("reads numbers at any offset of their buffer", () => {
    const bytes = new Uint8Array(97);
    bytes.set(new Uint8Array(new Float32Array(24).fill(2.5).buffer), 1);
    const store = volume(new VolumeStore(), "float32", new DataView(bytes.buffer, 1, 96));
    expect(valueAt(store.channels[0]!, 3)).toBe(2.5);
  });

  it("refuses wrong sizes and keeps what it had", () => {
    const store = volume();
    expect(() => store.receive({ type: "mask" }, [new Uint8Array(2)])).toThrow(/volume's size/);
    expect(() => store.receive({ type: "map", kind: "float32", ...PLAIN }, [new Float32Array(3)])).toThrow(/24 voxels/);
    expect(() => volume(store, "int64")).toThrow(/24 voxels/);
    expect([store.mask, store.map, store.channels.length]).toEqual([null, null, 1]);
  });

  it("waits for the volume, and drops layers with its shape", () => {
    const early = new VolumeStore();
    early.receive({ type: "mask" }, [Uint8Array.from([1, 0, 0])]);
    expect(early.mask).toBeNull();
    const store = volume();
    store.receive({ type: "mask" }, [Uint8Array.from([1, 0, 0])]);
    store.receive({ type: "strokes", strokes: [] }, [Uint8Array.from([128, 0, 0])]);
    volume(store);
    expect([store.mask !== null, store.history.painted]).toEqual([true, 1]);
    const other = { type: "volume", shape: [1, 1, 2], channels: [{ kind: "uint8", ...PLAIN }], orientation: RAS };
    store.receive(other, [new Uint8Array(2)]);
    expect([store.mask, store.history.painted]).toEqual([null, 0]);
  });
});

describe("projection", () => {
  it("keeps the largest value along each line of sight", () => {
    const data = Uint8Array.from({ length: 24 }, (_, i) => (i * 11) % 24);
    const plane = planesOf(RAS, "neurological").axial;
    const out = project(data, SHAPE, plane, new Uint8Array(6));
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 2; x++) {
        const column = [0, 1, 2, 3].map((z) => data[x * 12 + (2 - y) * 4 + z]!);
        expect(out[y * 2 + x]).toBe(Math.max(...column));
      }
    }
  });
});

describe("packing", () => {
  it("goes over what is empty without losing a bit", () => {
    for (let length = 1; length < 60; length++) {
      for (let on = 0; on < length; on++) {
        const mask = new Uint8Array(length);
        mask[on] = 1;
        if (on % 3 === 0) mask[length - 1] = 1;
        expect(unpack(pack(mask), length)).toEqual(mask);
      }
    }
  });
});

describe("colours of a map in steps", () => {
  it("are those of the same map as floats", () => {
    const steps = Uint16Array.from([0, 1, 200, 3000, 65535, 40000]);
    const scaling = { ...PLAIN, scale: 2 / 65535, offset: -0.5, low: -0.5, high: 1.5 };
    const map = { data: steps, scaling, top: [0, 0, 0] as const, floor: 0, rank: () => 0 };
    const values = Float32Array.from(steps, (v) => v * scaling.scale + scaling.offset);
    for (const threshold of [0, 0.3, 1]) {
      const [a, b] = [new Uint8ClampedArray(24), new Uint8ClampedArray(24)];
      new MapColours().shade(steps, map, threshold, "magma", a);
      new MapColours().shade(values, { ...map, data: values }, threshold, "magma", b);
      const seen = (rgba: Uint8ClampedArray) => [...rgba].map((v, i) => (rgba[i | 3] ? v : 0));
      expect(seen(a)).toEqual(seen(b));
    }
    expect(steps.length).toBe(6);
  });
});

describe("wheel and numbers", () => {
  it("goes one slice a notch, and adds up a touchpad's small steps", () => {
    expect(slicesOf(100, 0)).toEqual({ whole: 1, rest: 0 });
    expect(slicesOf(-120, 3)).toEqual({ whole: -1, rest: 0 });
    expect(slicesOf(360, 0).whole).toBe(3);
    let rest = 0;
    let whole = 0;
    for (let i = 0; i < 12; i++) {
      const s = slicesOf(4, rest);
      rest = s.rest;
      whole += s.whole;
    }
    expect(whole).toBe(2);
  });

  it("writes values with the digits that matter", () => {
    expect([1034, -1024, 0.123456, 1e-7, NaN].map(exactly)).toEqual(["1034", "-1024", "0.12346", "1.000e-7", "–"]);
  });
});
