import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineOrigins } from "../../src/shipping/line-origins.ts";

const candidate = (id: string, step: number, text: string, parents: readonly string[] = []) => ({
  ...{ id, step, parents, origin: "step" },
  values: { prompt: text },
});

describe("the origin of lines", () => {
  it("is the step in which a line came, however often it is inherited", () => {
    const all = [
      candidate("a", 0, "one\ntwo"),
      candidate("b", 1, "one\nnew\ntwo", ["a"]),
      candidate("c", 4, "one\nnew\n2", ["b"]),
    ];
    const lines = new LineOrigins(all).of(all[2] as never, "prompt");
    expect(lines.map(({ line, step }) => [line, step])).toEqual([
      ["one", 0],
      ["new", 1],
      ["2", 4],
    ]);
  });

  it("of a merge is that of the parent that has the line, the first before the others", () => {
    const all = [
      candidate("a", 0, "start"),
      candidate("b", 1, "start\nleft\nboth", ["a"]),
      candidate("c", 2, "start\nright\nboth", ["a"]),
      candidate("d", 3, "start\nleft\nright\nboth", ["b", "c"]),
    ];
    const origins = new LineOrigins(all);
    expect(origins.of(all[3] as never, "prompt").map(({ step }) => step)).toEqual([0, 1, 2, 1]);
    expect(origins.stepsTo(all[3] as never).map(({ id }) => id)).toEqual(["b", "c", "d"]);
  });

  it("ends on a candidate that names itself, a later one, or an unknown one as its parent", () => {
    const all = [candidate("a", 0, "x", ["b", "a", "gone"]), candidate("b", 1, "x\ny", ["a", "b"])];
    const origins = new LineOrigins(all);
    expect(origins.of(all[1] as never, "prompt").map(({ step }) => step)).toEqual([0, 1]);
  });

  it("is found in a lineage of any length", () => {
    const all = Array.from({ length: 10_000 }, (_, at) =>
      candidate(`${at}`, at, `first\n${at}`, at === 0 ? [] : [`${at - 1}`]),
    );
    const origins = new LineOrigins(all);
    expect(origins.of(all.at(-1) as never, "prompt").map(({ step }) => step)).toEqual([0, 9_999]);
  });

  it("gives each line of any lineage once, with a step that the lineage has", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 8 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (texts) => {
        const all = texts.map((one, at) => candidate(`${at}`, at, one, at === 0 ? [] : [`${at - 1}`]));
        const lines = new LineOrigins(all).of(all.at(-1) as never, "prompt");
        expect(lines.map(({ line }) => line).join("\n")).toBe(texts.at(-1));
        for (const { line, step } of lines) expect(texts[step]?.split("\n")).toContain(line);
      }),
    );
  });
});
