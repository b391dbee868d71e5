import { describe, expect, it } from "vitest";
import { addPoint, applyStroke, paintPiece, StrokeHistory, type Stroke } from "../src/strokes";

const draw = (mask: Uint8Array, width: number) =>
  Array.from({ length: mask.length / width }, (_, y) =>
    [...mask.slice(y * width, (y + 1) * width)].map((v) => (v ? "#" : ".")).join(""),
  );
const dab = (x: number, y: number, size: number): Stroke => ({ tool: "brush", size, points: [[x, y]] });

describe("brush geometry", () => {
  it("paints a disc", () => {
    const mask = new Uint8Array(25);
    paintPiece(mask, 5, 5, [2.5, 2.5], [2.5, 2.5], 3, 1);
    expect(draw(mask, 5)).toEqual([".....", ".###.", ".###.", ".###.", "....."]);
  });

  it("never loses the pixel it is on, however small the brush", () => {
    const mask = new Uint8Array(9);
    paintPiece(mask, 3, 3, [1.01, 1.99], [1.01, 1.99], 0.1, 1);
    expect(draw(mask, 3)).toEqual(["...", ".#.", "..."]);
  });

  it("leaves no gap along a fast line", () => {
    const mask = new Uint8Array(10);
    applyStroke(mask, 10, 1, { tool: "brush", size: 1, points: [[0.5, 0.5], [9.5, 0.5]] });
    expect(draw(mask, 10)).toEqual(["##########"]);
  });

  it("stays inside the picture", () => {
    const mask = new Uint8Array(4);
    applyStroke(mask, 2, 2, { tool: "brush", size: 5, points: [[-1, -1], [-50, -1]] });
    expect(draw(mask, 2)).toEqual(["#.", ".."]);
  });

  it("erases", () => {
    const mask = new Uint8Array(3).fill(1);
    applyStroke(mask, 3, 1, { tool: "eraser", size: 1, points: [[1.5, 0.5]] });
    expect(draw(mask, 3)).toEqual(["#.#"]);
  });

  it("drops points that hardly move", () => {
    const points: number[][] = [];
    expect(addPoint(points, 1, 1)).toBe(true);
    expect(addPoint(points, 1.2, 1.2)).toBe(false);
    expect(addPoint(points, 2.123456, 1)).toBe(true);
    expect(points).toEqual([[1, 1], [2.12, 1]]);
  });
});

describe("history", () => {
  it("undoes and redoes, pixel by pixel", () => {
    const h = new StrokeHistory(4, 1);
    h.add(dab(0.5, 0.5, 1));
    h.add(dab(2.5, 0.5, 1));
    expect(draw(h.mask, 4)).toEqual(["#.#."]);
    h.undo();
    expect(draw(h.mask, 4)).toEqual(["#..."]);
    expect([h.canUndo, h.canRedo]).toEqual([true, true]);
    h.redo();
    expect(draw(h.mask, 4)).toEqual(["#.#."]);
    expect(h.redo()).toBe(false);
  });

  it("forgets what was undone when something new is painted", () => {
    const h = new StrokeHistory(4, 1);
    h.add(dab(0.5, 0.5, 1));
    h.undo();
    h.add(dab(1.5, 0.5, 1));
    expect(h.canRedo).toBe(false);
    expect(draw(h.mask, 4)).toEqual([".#.."]);
  });

  it("makes clear a step like any other", () => {
    const h = new StrokeHistory(2, 1);
    expect(h.clear()).toBe(false);
    h.add(dab(0.5, 0.5, 1));
    expect(h.clear()).toBe(true);
    expect(draw(h.mask, 2)).toEqual([".."]);
    h.undo();
    expect(draw(h.mask, 2)).toEqual(["#."]);
    expect(new StrokeHistory(2, 1).undo()).toBe(false);
  });

  it("restores from vectors what was painted before", () => {
    const h = new StrokeHistory(6, 2);
    h.add({ tool: "brush", size: 2, points: [[0, 1], [5, 1]] });
    h.add({ tool: "eraser", size: 1, points: [[2.5, 0.5]] });
    const again = new StrokeHistory(6, 2);
    again.restore(JSON.parse(JSON.stringify(h.strokes)) as Stroke[]);
    expect([...again.mask]).toEqual([...h.mask]);
  });
});
