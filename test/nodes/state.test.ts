import fc from "fast-check";
import {
  bundle,
  type Parameter,
  ParameterState,
  parameter,
  parametersOf,
  type StateJson,
  withParameters,
} from "tracegrad";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const any = (value: unknown, name: string, options = {}) => parameter(value, { name, ...options }) as Parameter;

function sample() {
  const [text, count, tools] = [any("a", "text"), any(1, "count"), any({ list: [1, 2] }, "tools")] as const;
  return { text, count, tools, first: ParameterState.of([text, count, tools]) };
}

function roundTrip(state: ParameterState): ParameterState {
  return ParameterState.fromJSON(state.parameters, JSON.parse(JSON.stringify(state)) as StateJson);
}

describe("a parameter state", () => {
  test("holds the values that are read when it is made", () => {
    const { text, count, first } = sample();
    expect(first.values).toEqual({ text: "a", count: 1, tools: { list: [1, 2] } });
    expect([first.get(text), first.get(count), first.has(text), first.parent]).toEqual(["a", 1, true, undefined]);
    withParameters(first.set([[text, "b"]]), () => {
      expect(ParameterState.of([text]).values).toEqual({ text: "b" });
    });
  });

  test("is not changed by a set: that gives another one", () => {
    const { text, first } = sample();
    const second = first.set([[text, "b"]]);
    expect([first.get(text), second.get(text), text.data]).toEqual(["a", "b", "a"]);
    expect(second.parent).toBe(first);
  });

  test("is the same when nothing changes, arrays and records by their contents", () => {
    const { text, tools, first } = sample();
    expect(first.set([])).toBe(first);
    expect(
      first.set([
        [text, "a"],
        [tools, { list: [1, 2] }],
      ]),
    ).toBe(first);
  });

  test("tells what changed, by default since the state it was made from", () => {
    const { text, count, first } = sample();
    const second = first.set([[text, "b"]]);
    const third = second.set([[count, 2]]);
    expect(third.diff()).toEqual([{ name: "count", parameter: count, before: 1, after: 2 }]);
    expect(third.diff(first).map(({ name }) => name)).toEqual(["text", "count"]);
    expect(first.diff()).toEqual([]);
    expect(first.diff(third)[0]).toMatchObject({ before: "b", after: "a" });
  });

  test("can be undone back to the first", () => {
    const { text, first } = sample();
    const second = first.set([[text, "b"]]);
    expect(second.undo()).toBe(first);
    expect(first.undo()).toBe(first);
  });

  test("branches: two states of one parent know nothing of each other", () => {
    const { text, count, first } = sample();
    const [left, right] = [first.set([[text, "left"]]), first.set([[count, 9]])];
    expect([left.values, right.values]).toEqual([
      { text: "left", count: 1, tools: { list: [1, 2] } },
      { text: "a", count: 9, tools: { list: [1, 2] } },
    ]);
    expect(left.history()).toEqual([first, left]);
  });

  test("has its history from the first state on", () => {
    const { text, first } = sample();
    let state = first;
    for (const value of ["b", "c", "d"]) state = state.set([[text, value]]);
    expect(state.history().map((one) => one.get(text))).toEqual(["a", "b", "c", "d"]);
  });

  test("refuses values that do not fit, all of them together", () => {
    const { text, count, first } = sample();
    const set = () =>
      first.set([
        [text, "b"],
        [count, "two"],
      ]);
    expect(set).toThrow(/Parameter "count" cannot take this value: expected a number, got a string/);
    expect(set).toThrow(expect.objectContaining({ code: "bad-value" }));
    const small = any(1, "small", { schema: z.number().max(3) });
    expect(() => ParameterState.of([small]).set([[small, 4]])).toThrow(/"small" cannot take this value/);
  });

  test("refuses parameters it does not hold", () => {
    const { first } = sample();
    const stranger = any(1, "stranger");
    for (const run of [() => first.get(stranger), () => first.nameOf(stranger), () => first.set([[stranger, 2]])]) {
      expect(run).toThrow(/This state holds no value of parameter "stranger"/);
    }
    expect(first.has(stranger)).toBe(false);
  });

  test("gives parameters of the same name different ones", () => {
    const [one, two] = [any(1, "x"), any(2, "x")];
    const state = ParameterState.of([one, two, one]);
    expect(state.values).toEqual({ x: 1, x_1: 2 });
    expect([state.nameOf(one), state.nameOf(two)]).toEqual(["x", "x_1"]);
  });

  const hostile = [
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "",
    "🦊",
    "a/b",
    "x".repeat(9_999),
  ];
  test("works with hostile names, and Object.prototype stays as it is", () => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    const parameters = hostile.map((name, index) => any(index, name));
    const first = ParameterState.of(parameters);
    const second = first.set(parameters.map((one, index) => [one, index + 100]));
    for (const state of [second, roundTrip(second)]) {
      expect(parameters.map((one) => state.get(one))).toEqual(hostile.map((_name, index) => index + 100));
      expect(parameters.map((one) => state.undo().get(one))).toEqual(hostile.map((_name, index) => index));
    }
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
  });

  test("keeps a value with hostile keys", () => {
    const value = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": 2}}') as unknown;
    const odd = any(value, "odd");
    const state = roundTrip(ParameterState.of([odd]));
    expect(JSON.stringify(state.get(odd))).toBe(JSON.stringify(value));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("a state as JSON", () => {
  const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

  test("comes back as it was, with its whole history", () => {
    const step = fc.array(fc.tuple(fc.nat(2), fc.oneof(fc.string(), fc.integer(), json)), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const parameters = [any("a", "text"), any(1, "count"), any(null, "anything")] as const;
        const types = ["string", "number", "any"];
        let state = ParameterState.of(parameters);
        for (const updates of steps) {
          const fitting = updates.filter(([index, value]) => types[index] === "any" || typeof value === types[index]);
          state = state.set(fitting.map(([index, value]) => [parameters[index] as Parameter, value]));
        }
        const again = roundTrip(state);
        const seen = (one: ParameterState) =>
          one.history().map((at) => parameters.map((p) => [at.get(p), at.entry(p)?.version]));
        expect(seen(again)).toEqual(seen(state));
        expect(JSON.stringify(again)).toBe(JSON.stringify(state));
      }),
      { numRuns: 200 },
    );
  });

  test("is refused when it is of another format, newer, for other parameters or damaged", () => {
    const { text, count, tools, first } = sample();
    const good = JSON.parse(JSON.stringify(first.set([[count, 2]]))) as StateJson;
    const damaged: [string, unknown, RegExp][] = [
      ["nothing", null, /not a tracegrad parameter state/],
      ["another format", { ...good, format: "other" }, /not a tracegrad parameter state/],
      ["a newer version", { ...good, version: 2 }, /of version 2; this tracegrad reads version 1/],
      ["no values", { ...good, first: undefined }, /damaged/],
      ["no steps", { ...good, steps: {} }, /damaged/],
      ["a parameter less", { ...good, first: { text: good.first["text"] } }, /holds parameters \(text\)/],
      [
        "a value of a wrong type",
        { ...good, first: { ...good.first, text: { value: 7, version: 0 } } },
        /"text" cannot take/,
      ],
      ["a value without a version", { ...good, first: { ...good.first, text: { value: "a" } } }, /damaged at "text"/],
      ["no patch", { ...good, steps: [["nonsense"]] }, /cannot be applied/],
      [
        "a patch that pollutes",
        { ...good, steps: [[{ op: "replace", path: ["__proto__", "x"], value: 1 }]] },
        /cannot be applied/,
      ],
      [
        "a patch that adds",
        { ...good, steps: [[{ op: "add", path: ["new"], value: { value: 1, version: 1 } }]] },
        /adds a parameter/,
      ],
      ["a patch that removes", { ...good, steps: [[{ op: "remove", path: ["text"] }]] }, /damaged at "text"/],
    ];
    for (const [, value, message] of damaged) {
      const load = () => ParameterState.fromJSON([text, count, tools], value as StateJson);
      expect(load).toThrow(message);
    }
    expect(ParameterState.fromJSON([text, count, tools], good).get(count)).toBe(2);
  });
});

describe("names in a built program", () => {
  const anonymous = () => bundle((text: string) => text, { trainable: true });

  test("that two functions got as a fallback are refused, with the fix", () => {
    const [one, two] = [anonymous(), anonymous()];
    const named = bundle((text: string) => text, { name: "fn", trainable: true });
    expect(() => ParameterState.of(parametersOf([one, two]))).toThrow(
      expect.objectContaining({ code: "no-name", message: expect.stringMatching(/called "fn".*Give each a `name`/) }),
    );
    expect(Object.keys(ParameterState.of(parametersOf([one, named])).values)).toEqual(["fn", "fn_1"]);
  });

  test("of a saved state are listed where the program has fewer", () => {
    const saved = ParameterState.of([any("a", "prompt"), any("b", "shorten")]).toJSON();
    expect(() => ParameterState.fromJSON([any("a", "prompt")], saved)).toThrow(
      "The state holds parameters (prompt, shorten), but the program has (prompt). Bundlers",
    );
  });

  test("that are not those of a saved state are named, with the nearest ones and the fix", () => {
    const saved = ParameterState.of([any("a", "prompt"), any("b", "shorten")]).toJSON();
    expect(() => ParameterState.fromJSON([any("a", "prompt"), any("b", "shorten2")], saved)).toThrow(
      'The state holds parameters (prompt, shorten), but the program has (prompt, shorten2). "shorten" may be ' +
        '"shorten2" here. Bundlers and minifiers rename functions, so give each bundle and parameter a `name`',
    );
  });
});
