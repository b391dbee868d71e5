import { describe, expect, it } from "vitest";
import { StandInModel } from "../src/stand-in-model";

describe("the model of an exported page", () => {
  it("tells of changes, once, and only of real ones", () => {
    const model = new StandInModel({ threshold: 0 }, () => undefined);
    const heard: unknown[] = [];
    const listen = (v: unknown) => heard.push(v);
    model.on("change:threshold", listen);
    model.on("change:threshold", listen);
    model.set("threshold", 0);
    model.set("threshold", 0.5);
    model.off("change:threshold", listen);
    model.set("threshold", 1);
    expect(heard).toEqual([0.5]);
    expect(model.get("threshold")).toBe(1);
  });

  it("answers as the kernel would", () => {
    const model = new StandInModel({}, (message, self) => self.tell({ type: "got", message }, []));
    const heard: unknown[] = [];
    model.on("msg:custom", (m: unknown) => heard.push(m));
    model.send({ type: "ready" });
    expect(heard).toEqual([{ type: "got", message: { type: "ready" } }]);
  });
});
