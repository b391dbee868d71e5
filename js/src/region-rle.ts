// Masks as lengths of runs: row-major for shapes, column-major for COCO. Runs begin with zeros.
// COCO's run-length encoding is that of pycocotools (cocodataset.org, "Data format").

import { refuse } from "./refuse";
import { MOST_NUMBERS, type Op, type Pixels } from "./region-shapes";

/** COCO's RLE: `size` is [height, width]; `counts` are runs, or the same as text. */
export interface CocoRle {
  readonly size: readonly [number, number];
  readonly counts: string | readonly number[];
}

/** Lengths of the runs of a mask, zeros first. Throws when there are more than a shape may hold. */
export function runsOf(mask: Uint8Array): number[] {
  const runs: number[] = [];
  let start = 0;
  let value = 0;
  for (;;) {
    // Far quicker than a loop, where runs are long.
    const next = mask.indexOf(1 - value, start);
    const end = next < 0 ? mask.length : next;
    runs.push(end - start);
    if (runs.length > MOST_NUMBERS) {
      refuse(`The mask has more than ${MOST_NUMBERS} runs; smooth it first.`);
    }
    if (next < 0) return runs;
    start = end;
    value = 1 - value;
  }
}

/** A mask as a shape. */
export function pixelsShape(mask: Uint8Array, op: Op = "add"): Pixels {
  return { kind: "pixels", op, runs: runsOf(mask) };
}

/** The mask of runs that begin with zeros. Throws when they do not make up `pixels`. */
export function maskOfRuns(runs: readonly number[], pixels: number): Uint8Array {
  const mask = new Uint8Array(pixels);
  let place = 0;
  for (let i = 0; i < runs.length; i++) {
    const run = runs[i]!;
    if (!Number.isInteger(run) || run < 0 || place + run > pixels) {
      refuse(`The runs do not fit ${pixels} pixels.`);
    }
    if (i % 2) mask.fill(1, place, place + run);
    place += run;
  }
  if (place !== pixels) refuse(`The runs make up ${place} of ${pixels} pixels.`);
  return mask;
}

/** A mask as COCO has it, with counts as text. */
export function cocoOf(mask: Uint8Array, width: number, height: number): CocoRle {
  return { size: [height, width], counts: textOfCounts(runsOf(turned(mask, width, height))) };
}

/** The mask of a COCO RLE. Throws for another size, or counts that do not make up the picture. */
export function maskOfCoco(rle: CocoRle, width: number, height: number): Uint8Array {
  const [h, w] = rle.size;
  if (h !== height || w !== width) {
    refuse(`The mask is ${w} × ${h} pixels, the picture ${width} × ${height}.`);
  }
  const counts = typeof rle.counts === "string" ? countsOfText(rle.counts) : rle.counts;
  return turned(maskOfRuns(counts, width * height), height, width);
}

/** Counts as text: differences to the count before the last, five bits a character. */
export function textOfCounts(counts: readonly number[]): string {
  const text: string[] = [];
  counts.forEach((count, i) => {
    let rest = i > 2 ? count - counts[i - 2]! : count;
    for (;;) {
      const bits = rest & 31;
      rest >>= 5;
      const done = bits & 16 ? rest === -1 : rest === 0;
      text.push(String.fromCharCode(48 + bits + (done ? 0 : 32)));
      if (done) return;
    }
  });
  return text.join("");
}

/** Read what `textOfCounts` writes. Throws for what is no such text. */
export function countsOfText(text: string): number[] {
  const counts: number[] = [];
  let place = 0;
  while (place < text.length) {
    let value = 0;
    let shift = 1;
    for (;;) {
      const code = text.charCodeAt(place++) - 48;
      // Seven characters hold more than any picture has pixels.
      if (!(code >= 0 && code < 64) || shift > 2 ** 30) {
        refuse("Damaged COCO counts.");
      }
      value += (code & 31) * shift;
      shift *= 32;
      if (code & 32) continue;
      if (code & 16) value -= shift;
      break;
    }
    if (counts.length > 2) value += counts[counts.length - 2]!;
    if (value < 0 || counts.length >= MOST_NUMBERS) refuse("Damaged COCO counts.");
    counts.push(value);
  }
  return counts;
}

/** Rows become columns. */
function turned(mask: Uint8Array, width: number, height: number): Uint8Array {
  const other = new Uint8Array(mask.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) other[x * height + y] = mask[y * width + x]!;
  }
  return other;
}
