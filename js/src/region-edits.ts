// All regions of one picture: what was drawn, what can be undone, and their masks.

import {
  type Drawn,
  type Rect,
  type RegionDocument,
  type RegionState,
  type Shape,
} from "./region-shapes";

/** What an edit changed. */
export interface Change {
  /**
   * "mask": pixels of `region` inside `rect`; "preview": what `shown(region)` gives inside `rect`;
   * "feather", "active", "names": these and no pixel; "all": everything (`rect` is the picture).
   */
  readonly what: "mask" | "preview" | "feather" | "active" | "names" | "all";
  readonly region: string;
  /** Null if no pixel can have changed. */
  readonly rect: Rect | null;
}

/**
 * Named regions of one picture, one of them active.
 *
 * Every method that edits is one step of undo and tells the listeners once. `name` is the active
 * region where it is left out. Methods throw a RangeError for what cannot be (unknown name or
 * index, shapes out of bounds) and leave everything as it was.
 */
export class RegionEdits {
  constructor(
    readonly width: number,
    readonly height: number,
    _names: readonly string[] = ["region"],
  ) {}

  declare readonly names: readonly string[];
  declare readonly active: string;
  declare readonly canUndo: boolean;
  declare readonly canRedo: boolean;
  /** Counts every change of shapes, names and feathers: cheap to compare. */
  declare readonly version: number;

  /** Be told of each change; call the result to hear no more. */
  declare listen: (listener: (change: Change) => void) => () => void;
  /** Name, shapes and feather of a region. */
  declare region: (name?: string) => RegionState;
  /** The committed mask, one byte 0 or 1 a pixel, row-major. Not to be written to. */
  declare mask: (name?: string) => Uint8Array;
  /** The mask with the preview in it; the same array as `mask` while there is none. */
  declare shown: (name?: string) => Uint8Array;
  /** 0..1, from the committed mask and the region's feather. */
  declare softMask: (name?: string) => Float32Array;
  /** Number of pixels of the committed mask. */
  declare area: (name?: string) => number;
  declare document: () => RegionDocument;

  /** Choose the active region: no step of undo. */
  declare activate: (name: string) => Change | null;
  /** Put a shape on top; clear, invert, grow and shrink are shapes too. */
  declare add: (shape: Shape, name?: string) => Change;
  declare replace: (index: number, shape: Shape, name?: string) => Change;
  /** Move a drawn shape by (dx, dy) in 1/256 pixel. */
  declare move: (index: number, dx: number, dy: number, name?: string) => Change;
  declare remove: (index: number, name?: string) => Change;
  /** Put a copy, moved by (dx, dy), on top. */
  declare duplicate: (index: number, dx: number, dy: number, name?: string) => Change;
  /** Replace all shapes of a region by others. */
  declare setShapes: (shapes: readonly Shape[], name?: string) => Change;
  declare setFeather: (pixels: number, name?: string) => Change | null;
  /** Add an empty region, or a copy of `like`, and make it active. */
  declare addRegion: (name: string, like?: string) => Change;
  /** Remove a region; the last one cannot be. */
  declare removeRegion: (name: string) => Change;
  declare rename: (name: string, to: string) => Change;
  /** Start from the given regions, with nothing to undo. */
  declare restore: (document: RegionDocument) => Change;
  /** Null if there is nothing to undo. Makes the region active that it changes. */
  declare undo: () => Change | null;
  declare redo: () => Change | null;

  /** Index of the topmost shape at a place in 1/256 pixel, or -1. */
  declare hit: (x: number, y: number, name?: string) => number;
  /** The pixels that a shape can cover, cut to the picture; null if none. */
  declare bounds: (index: number, name?: string) => Rect | null;

  /**
   * Show the active region as it would be with one more shape (or with shape `index` replaced),
   * without an edit; null ends the preview. A brush that goes on from the last preview touches
   * only what is new. Gives the rectangle in which `shown` changed. Any edit ends a preview.
   */
  declare preview: (shape: Drawn | null, index?: number) => Rect | null;
}
