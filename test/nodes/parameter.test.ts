import { bundle, commit, Node, Parameter, type ParameterKind, parameter, parametersOf } from "tracegrad";
import { problemWith } from "tracegrad/extend";
import { describe, expect, test } from "vitest";
import { z } from "zod";

describe("a parameter", () => {
  test("is a node whose value may be rewritten", () => {
    const instruction = parameter("Be brief.", { doc: "How to answer.", constraint: "At most ten words." });
    expect(instruction).toBeInstanceOf(Node);
    expect(instruction).toMatchObject({
      data: "Be brief.",
      name: "parameter",
      doc: "How to answer.",
      constraint: "At most ten words.",
      trainable: true,
      version: 0,
      parents: [],
    });
  });

  test.each([
    ["text", "text"],
    [1, "number"],
    [true, "boolean"],
    [{ a: [1, null] }, "json"],
    [null, "json"],
    [["a"], "json"],
    [{ type: "image", mediaType: "image/png", data: "aGk=" }, "image"],
    [{ type: "image" }, "json"],
  ] as [unknown, ParameterKind][])("of %j is of kind %s", (value, kind) => {
    expect(parameter(value).kind).toBe(kind);
  });

  test("that is the source of a function is of kind code", () => {
    const [code] = parametersOf(bundle((x: number) => x, { name: "same", trainable: true }));
    expect([code?.kind, code?.name]).toEqual(["code", "same"]);
  });

  const refused: Record<string, [unknown, RegExp]> = {
    "a function": [
      () => 1,
      /not function\. To make a function's code a parameter, use bundle\(fn, \{ trainable: true \}\)/,
    ],
    undefined: [undefined, /not undefined/],
    "a symbol": [Symbol("s"), /not symbol/],
    NaN: [Number.NaN, /NaN is not a finite number/],
    infinity: [Number.POSITIVE_INFINITY, /not a finite number/],
    "a bigint": [1n, /cannot be written as JSON/],
    "a map": [new Map([["a", 1]]), /of type map must be JSON/],
    "a date": [new Date(0), /of type date must be JSON/],
    "a class instance": [new (class Robot {})(), /of type robot must be JSON/],
    "a record with NaN inside": [{ a: [Number.NaN] }, /must be JSON: text, finite numbers/],
    "a record with a function inside": [{ a: () => 1 }, /must be JSON/],
  };
  const loop: Record<string, unknown> = {};
  loop["loop"] = loop;
  refused["data that refer to themselves"] = [loop, /cannot be written as JSON/];
  for (const [what, [value, message]] of Object.entries(refused)) {
    test(`refuses ${what} as its first value`, () => {
      expect(() => parameter(value)).toThrow(message);
      expect(() => parameter(value)).toThrow(expect.objectContaining({ code: "bad-parameter" }));
    });
  }

  test("refuses a first value that fails its own schema", () => {
    expect(() => parameter(11, { name: "count", schema: z.number().max(10) })).toThrow(
      /The first value of parameter "count" is not acceptable: Too big/,
    );
  });

  test("keeps its node, its name and its doc when its value changes", () => {
    const count = parameter(1, { name: "count" });
    const before = count.id;
    commit([{ parameter: count as Parameter, value: 2 }]);
    expect([count.data, count.version, count.id, count.name]).toEqual([2, 1, before, "count"]);
  });
});

describe("a new value", () => {
  const problem = async (made: Parameter<never> | Parameter, value: unknown) => problemWith(made as Parameter, value);
  const of = (value: unknown, options = {}) => parameter(value, options) as Parameter;

  test.each([
    ["text", "a", 1, "expected a string, got a number"],
    ["number", 1, "0.5", "expected a number, got a string"],
    ["number", 1, Number.NaN, "NaN is not a finite number"],
    ["boolean", true, "false", "expected a boolean, got a string"],
    ["record", { a: 1 }, [1], "expected a record, got an array"],
    ["array", [1], { 0: 1 }, "expected an array, got a record"],
    [
      "image",
      { type: "image", mediaType: "image/png", data: "AA==" },
      { type: "image" },
      "expected an image, got a record",
    ],
    [
      "image",
      { type: "image", mediaType: "image/png", data: "AA==" },
      { type: "image", mediaType: "image/png", data: "a red dot" },
      "an image has its content as `data`, a text in base64",
    ],
    [
      "image",
      { type: "image", mediaType: "image/png", data: "AA==" },
      { type: "image", mediaType: "image/png", url: "https://example.org/dot.png" },
      "an image has its content as `data`, a text in base64",
    ],
    ["text", "a", null, "expected a string, got null"],
  ])("for a %s parameter must be of its type: %j refuses %j", async (_kind, first, value, wanted) => {
    expect(await problem(of(first), value)).toBe(wanted);
  });

  test("may be of any type where the first one was null", async () => {
    expect(await problem(of(null), { a: 1 })).toBeUndefined();
    expect(await problem(of(null), 7)).toBeUndefined();
  });

  test("must pass the schema, synchronous or not, and is told where it fails", async () => {
    const limits = of({ max: { tokens: 5 } }, { schema: z.object({ max: z.object({ tokens: z.number().max(9) }) }) });
    expect(await problem(limits, { max: { tokens: 10 } })).toMatch(/^max\.tokens: /);
    const slow = of("a", { schema: z.string().refine(async (text) => text.length < 3, "too long") });
    expect(await problem(slow, "abc")).toBe("too long");
    expect(await problem(slow, "ab")).toBeUndefined();
  });

  test("of code must parse and keep its signature", async () => {
    const [code] = parametersOf(bundle((x: number) => x + 1, { name: "next", trainable: true })) as [Parameter];
    expect(await problem(code, "const next = (x: number) => x + 2;")).toBeUndefined();
    expect(await problem(code, "const next = (x: number) => x +;")).toMatch(/line 1, column/);
    expect(await problem(code, "const next = (y: number, z: number) => y;")).toMatch(/next/);
    expect(await problem(code, 7)).toBe("expected source text, got number");
  });
});
