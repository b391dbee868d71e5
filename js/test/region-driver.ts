// Carries out on standard input's cases what the front end does with regions, for the tests that
// compare it with Python (tests/regions/test_two_languages.py).

import { readFileSync } from "node:fs";
import { RegionEdits } from "../src/region-edits";
import { flood, topShare } from "../src/region-fill";
import { rasterise } from "../src/region-replay";
import { cocoOf, countsOfText, maskOfCoco, runsOf, textOfCounts } from "../src/region-rle";
import { checkedShapes, type Drawn, type Shape } from "../src/region-shapes";

interface History {
  task: "history";
  width: number;
  height: number;
  steps: [string, ...unknown[]][];
  feather: number;
}

type Task =
  | History
  | { task: "rasterise"; width: number; height: number; shapes: Shape[] }
  | { task: "coco"; width: number; height: number; shapes: Shape[] }
  | { task: "shapes"; shapes: unknown }
  | { task: "flood"; width: number; height: number; channels: number; picture: number[]; column: number; row: number; tolerance: number }
  | { task: "share"; bits: number[]; share: number };

function carryOut(task: Task): unknown {
  switch (task.task) {
    case "history":
      return history(task);
    case "rasterise":
      return runsOf(rasterise(checkedShapes(task.shapes), task.width, task.height));
    case "coco": {
      const mask = rasterise(task.shapes, task.width, task.height);
      const rle = cocoOf(mask, task.width, task.height);
      const back = maskOfCoco(rle, task.width, task.height);
      const again = textOfCounts(countsOfText(rle.counts as string));
      return { rle, same: back.every((v, i) => v === mask[i]) && again === rle.counts };
    }
    case "shapes":
      return checkedShapes(task.shapes);
    case "flood": {
      const { width, height, channels, column, row, tolerance } = task;
      const picture = Uint8Array.from(task.picture);
      return runsOf(flood(picture, width, height, channels, column, row, tolerance));
    }
    case "share":
      return runsOf(topShare(new Float32Array(Uint32Array.from(task.bits).buffer), task.share));
  }
}

/** Every step's shapes and mask; the mask that was shown, kept by changed rectangles alone. */
function history(task: History): unknown {
  const edits = new RegionEdits(task.width, task.height);
  const painted = new Uint8Array(task.width * task.height);
  const told: string[] = [];
  edits.listen(({ what, region, rect }) => {
    told.push(`${what} ${region}`);
    const shown = edits.shown();
    for (let y = rect?.y0 ?? 0; y < (rect?.y1 ?? 0); y++) {
      const start = y * task.width;
      painted.set(shown.subarray(start + rect!.x0, start + rect!.x1), start + rect!.x0);
    }
  });
  const states = task.steps.map(([step, ...rest]) => {
    if (step === "preview") {
      const [shape, index] = rest as [Drawn | null, number | null];
      edits.preview(shape, index ?? undefined);
    } else {
      (edits[step as "undo"] as (...given: unknown[]) => unknown).apply(edits, rest);
    }
    return {
      shapes: edits.region().shapes,
      mask: runsOf(edits.mask()),
      shown: runsOf(edits.shown()),
      painted: runsOf(painted),
    };
  });
  edits.setFeather(task.feather);
  const soft = Array.from(edits.softMask(), (value) => value * 65536);
  return { states, soft, area: edits.area(), told: told.length };
}

const tasks = JSON.parse(readFileSync(0, "utf8")) as Task[];
const answers = tasks.map((task) => {
  try {
    return { answer: carryOut(task) };
  } catch (problem) {
    if (problem instanceof RangeError) return { refused: problem.message };
    throw problem;
  }
});
console.log(JSON.stringify(answers));
