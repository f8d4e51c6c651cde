import { bundle, model, node, type Parameter, parameter, parametersOf } from "tracegrad";
import { describe, expect, test } from "vitest";

class Tool {
  prompt = parameter("Use me.");

  @bundle({ trainable: true })
  use(x: string): string {
    return x;
  }
}

class Agent {
  style = parameter("brief");
  readonly named = parameter("x", { name: "chosen" });
  tools = [model(Tool), model(Tool)];
  notes = new Map([["first", parameter(1)]]);
  set = new Set([parameter(2)]);
  settings = { deep: { limit: parameter(3) } };
  parent: unknown = this;
  frozen = parameter("constant", { trainable: false });
  #hidden = parameter("private");

  get computed(): Parameter<string> {
    throw new Error("A getter was called.");
  }

  peek(): string {
    return this.#hidden.data;
  }
}

const names = (found: readonly Parameter[]) => found.map((one) => one.name);

describe("the parameters of a program", () => {
  test("are found in fields, arrays, maps, sets and records at any depth, each under its field's name", () => {
    expect(names(parametersOf(model(Agent)))).toEqual([
      "style",
      "chosen",
      "use",
      "prompt",
      "use",
      "prompt",
      "first",
      "set_0",
      "limit",
      "frozen",
    ]);
  });

  test("are each found once, however often they are held", () => {
    const shared = parameter("shared");
    const a: Record<string, unknown> = { shared };
    const b = { a, list: [shared, shared], map: new Map([[1, shared]]) };
    a["back"] = b;
    expect(parametersOf([a, b, shared])).toEqual([shared]);
  });

  test("are the code of functions, of methods for each instance, and of methods on their own", () => {
    const run = bundle((x: number) => x, { name: "run", trainable: true });
    const [one, two] = [model(Tool), model(Tool)];
    expect(names(parametersOf(run))).toEqual(["run"]);
    expect(parametersOf({ run, again: run })).toHaveLength(1);
    const [first, second] = [parametersOf(one.use), parametersOf(two.use)];
    expect([names(first), first[0] === second[0]]).toEqual([["use"], false]);
    expect(parametersOf(one)).toContain(first[0]);
    expect(parametersOf([one, one.use])).toHaveLength(2);
  });

  test("are found behind bind, once or twice, with or without arguments", () => {
    const run = bundle((x: number, y: number) => x + y, { name: "run", trainable: true });
    const [code] = parametersOf(run);
    expect(parametersOf({ bound: run.bind(undefined) })).toEqual([code]);
    expect(parametersOf([run.bind(undefined, 1).bind(undefined)])).toEqual([code]);
    expect(run.bind(undefined, 1)(2).data).toBe(3);
    const tool = model(Tool);
    expect(parametersOf(tool.use.bind(undefined))).toEqual(parametersOf(tool.use));
    expect(tool.use.bind(undefined)("a").data).toBe("a");
    const unbound = Tool.prototype.use.bind(tool);
    expect(parametersOf(unbound)).toEqual(parametersOf(tool.use));
  });

  test("are found as keys of maps, and behind keys that are objects, nodes or symbols", () => {
    const [key, value, deep, after] = [parameter(1), parameter(2), parameter(3), parameter(4)];
    const map = new Map<unknown, unknown>([
      [key, value],
      [{ deep }, 1],
      [node("n"), after],
      [Symbol("s"), 1],
    ]);
    expect(names(parametersOf({ map }))).toEqual(["key_0", "map_0", "deep", "map_2"]);
    expect(parametersOf(map)).toEqual([key, value, deep, after]);
  });

  test("take the name of the first field that holds them, and keep it", () => {
    const [bare, chosen] = [parameter(1), parameter(2, { name: "mine" })];
    expect(names(parametersOf({ first: bare, other: chosen }))).toEqual(["first", "mine"]);
    expect(names(parametersOf({ second: bare }))).toEqual(["first"]);
    expect(names(parametersOf([parameter(3)]))).toEqual(["parameter_0"]);
    expect(names(parametersOf({ weights: [parameter(4), parameter(5)] }))).toEqual(["weights_0", "weights_1"]);
  });

  test("are not looked for in the values of nodes, in classes' methods, or in nothing", () => {
    expect(parametersOf(node({ inside: parameter(1) }))).toEqual([]);
    expect(parametersOf({ Tool })).toEqual([]);
    for (const nothing of [undefined, null, 1, "text", {}, [], () => 1]) expect(parametersOf(nothing)).toEqual([]);
  });

  test("include those that are not trainable", () => {
    const frozen = parameter("a", { trainable: false });
    expect(parametersOf({ frozen })).toEqual([frozen]);
  });

  test("are found among much data, and deep", () => {
    const last = parameter("last");
    const numbers = Array.from({ length: 300_000 }, (_, index) => index);
    const records = Array.from({ length: 200_000 }, (_, index) => ({ index }));
    let deep: unknown = parameter("deep");
    for (let index = 0; index < 100_000; index++) deep = [deep];
    expect(names(parametersOf({ numbers, records, deep, bytes: new Uint8Array(1e7), last }))).toHaveLength(2);
  });
});
