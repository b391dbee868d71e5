import { describe, expect, it } from "vitest";
import { fileName, menuStep, nameProblem } from "../src/save-menu-names";

describe("a name", () => {
  it.each(["", "  ", "cat", "my cat.png", "Käfig 3", "a.b.c", "console"])("may be %o", (name) => {
    expect(nameProblem(name)).toBe("");
  });
  it.each([
    "../x", "a/b", "/etc/passwd", "C:\\x", "..", ".hidden", "con", "NUL.txt", "Com1", "a\nb", "a<b>", 'a"b', "a:b", "*",
    "x".repeat(81),
  ])("may not be %o", (name) => {
    expect(nameProblem(name)).toMatch(/^(Give|That name)/);
  });
  it("gets an ending once, and the suggestion where nothing is typed", () => {
    expect(fileName("cat", "x", ".png")).toBe("cat.png");
    expect(fileName("cat.PNG", "x", ".png")).toBe("cat.PNG");
    expect(fileName(" ", "egyptian-cat", ".html")).toBe("egyptian-cat.html");
    expect(fileName("cat", "x", "")).toBe("cat");
  });
});

describe("keys in a menu", () => {
  const labels = ["HTML page", "PNG figure", "NPZ arrays", "Run file"];
  it.each([
    [0, "ArrowDown", 1], [3, "ArrowDown", 0], [0, "ArrowUp", 3], [2, "Home", 0], [0, "End", 3], [-1, "ArrowDown", 0],
    [0, "p", 1], [1, "P", 1], [0, "z", 0], [0, " ", 0], [0, "Shift", 0], [0, "r", 3],
  ])("from %i, %s leads to %i", (at, key, to) => expect(menuStep(labels, at, key)).toBe(to));
});
