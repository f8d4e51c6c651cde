import {
  bundle,
  commit,
  type Node,
  type Parameter,
  ParameterState,
  parameter,
  t,
  trace,
  train,
  withParameters,
} from "tracegrad";
import { split } from "tracegrad/data";
import { optoPrime } from "tracegrad/optimizers";
import { gepa } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const shape = z.object({ tone: z.string().trim(), limit: z.number().default(3) });
const settings = () => parameter({ tone: " plain ", limit: 3 }, { name: "settings", schema: shape });
const suggest = (suggestion: Record<string, unknown>) => scripted(() => ({ toolInput: { reasoning: "", suggestion } }));
const live = (made: unknown) => (made as Parameter).data;

describe("what a parameter's schema makes of a value is the value", () => {
  test("as the first one", () => {
    expect(settings().data).toEqual({ tone: "plain", limit: 3 });
    const given = { tone: "x", extra: 1 } as never;
    expect(parameter(given, { schema: shape as never }).data).toEqual({ tone: "x", limit: 3 });
    expect(parameter(" a ", { schema: z.string().trim() }).data).toBe("a");
  });

  test("proposed by an optimizer", async () => {
    const made = settings();
    trace(() => made.map((value) => value.limit * 2)).backward("wrong");
    const llm = suggest({ settings: { tone: "  kind  ", extra: "dropped" } });
    const { changes, refused } = await optoPrime([made], { llm }).step();
    expect([made.data, refused, changes[0]?.after]).toEqual([
      { tone: "kind", limit: 3 },
      [],
      { tone: "kind", limit: 3 },
    ]);
    expect(trace(() => made.map((value) => value.limit * 2)).value).toBe(6);
  });

  test("proposed under a schema that answers later", async () => {
    const later = shape.refine(async () => true);
    const made = parameter({ tone: "plain", limit: 3 }, { name: "settings", schema: later });
    trace(() => made.at("limit")).backward("wrong");
    await optoPrime([made], { llm: suggest({ settings: { tone: " kind " } }) }).step();
    expect(made.data).toEqual({ tone: "kind", limit: 3 });
  });

  test("committed, and set in a state", () => {
    const made = settings() as unknown as Parameter;
    const state = ParameterState.of([made]).set([[made, { tone: " set " }]]);
    expect([state.get(made), withParameters(state, () => live(made))]).toEqual([
      { tone: "set", limit: 3 },
      { tone: "set", limit: 3 },
    ]);
    commit([{ parameter: made, value: { tone: " live " } }]);
    expect(live(made)).toEqual({ tone: "live", limit: 3 });
    expect(ParameterState.fromJSON([made], JSON.parse(JSON.stringify(state.toJSON()))).get(made)).toEqual(
      state.get(made),
    );
  });

  test("that only differ before the schema are equal: nothing changes", () => {
    const made = settings() as unknown as Parameter;
    const state = ParameterState.of([made]);
    expect(state.set([[made, { tone: "  plain", more: 1 }]])).toBe(state);
  });

  test("added by a search", async () => {
    const made = parameter("v", { name: "prompt", schema: z.string().trim() });
    const answer = bundle((prompt: string, _q: string) => prompt, { name: "answer" });
    const seen = new Set<string>();
    const agent = (q: string): Node<string> => {
      seen.add(made.data);
      return answer(made, q);
    };
    const llm = scripted((_request, index) => ({
      toolInput: { reasoning: "", suggestion: { prompt: `  w${index} ` } },
    }));
    const result = await train({
      ...{ agent, optimizer: optoPrime([made], { llm }), search: gepa(), acceptance: "best" },
      data: split(
        [1, 2, 3, 4].map((n) => ({ input: `${n}`, target: "x" })),
        { train: 2, validation: 2 },
      ),
      guide: (_input, output) => ({ score: String(output).length / 10, text: "longer" }),
      budget: { evaluations: 16 },
    }).result;
    expect([...seen].every((value) => value === value.trim()) && seen.size > 1).toBe(true);
    for (const { values } of result.candidates) expect(values["prompt"]).toMatch(/^(v|w\d+)$/);
  });

  test("also where it changes the type that a value came in", async () => {
    const made = parameter(1, { name: "count", schema: z.coerce.number() as never });
    trace(() => made.map((value) => value)).backward("wrong");
    await optoPrime([made], { llm: suggest({ count: "7" }) }).step();
    expect(made.data).toBe(7);
  });

  test.each([
    [
      "adds to it each time",
      z.string().transform((text) => `${text}!`),
      /does not keep its own result, "a!": it becomes "a!!"/,
    ],
    ["does not take it", z.string().transform((text) => text.length), /does not keep its own result, 1: Invalid input/],
  ])("unless the schema %s, which refuses all values", (_how, schema, message) => {
    expect(() => parameter("a", { schema: schema as never })).toThrow(message);
    expect(() => parameter("a", { schema: schema as never })).toThrow(
      expect.objectContaining({ code: "bad-parameter" }),
    );
  });
});

describe("what a bundle's schemas make of arguments and results", () => {
  const input = z.object({ name: z.string().trim(), greeting: z.string().default("Hello") });

  test("is what the body gets, and what it gives", async () => {
    const greet = bundle((name: string, greeting?: string) => `${greeting} ${name}`, { name: "greet", input });
    const slow = input.refine(async () => true);
    const later = bundle(async (name: string, greeting?: string) => `${greeting} ${name}`, {
      name: "later",
      input: slow,
    });
    expect([greet(" Ada ").data, greet(" Ada ", "Hi").data]).toEqual(["Hello Ada", "Hi Ada"]);
    expect([(await later(" Ada ")).data, (await later(t`${" Ada"}`, "Hi")).data]).toEqual(["Hello Ada", "Hi Ada"]);
    expect(bundle(() => " x ", { name: "give", output: z.string().trim() })().data).toBe("x");
  });

  test("leaves arguments as they are that the schema does not speak of, and their nodes too", () => {
    const seen: unknown[][] = [];
    const see = bundle(
      (...args: unknown[]) => {
        seen.push(args);
        return args.length;
      },
      { name: "see", input: z.object({ args_0: z.number().transform((n) => n * 2) }) },
    );
    const made = see(1, "rest", undefined);
    expect(seen).toEqual([[2, "rest", undefined]]);
    expect(made.parents.map((one) => one.data)).toEqual([1, "rest", undefined]);
  });

  test("reaches trainable code", () => {
    const shout = bundle(
      function shout(text: string): string {
        return `${text}!`;
      },
      { trainable: true, input: z.object({ text: z.string().trim() }) },
    );
    expect(shout(" a ").data).toBe("a!");
  });

  test("must be a record of the arguments", () => {
    const odd = bundle((x: number) => x, { name: "odd", input: z.object({ x: z.number() }).transform(({ x }) => x) });
    const graph = trace(() => odd(1));
    expect(graph.error?.message).toMatch(
      /arguments of "odd" do not fit the schema: the schema makes a value of type number/,
    );
  });
});

describe("the first value of a parameter of data", () => {
  const broken = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      return String((error as Error).cause ?? error);
    }
    return "none";
  };

  test("is as safe from writes as later ones", () => {
    const given = { list: ["a"], deep: { n: 1 } };
    const made = parameter(given, { name: "config" });
    const write = bundle((config: { list: string[]; deep: { n: number } }) => {
      config.list.push("b");
      config.deep.n = 2;
    });
    for (const value of [undefined, { list: ["later"], deep: { n: 3 } }]) {
      if (value !== undefined) commit([{ parameter: made as unknown as Parameter, value }]);
      const before = structuredClone(made.data);
      expect(broken(() => write(made as never))).toMatch(/TypeError/);
      expect(broken(() => Reflect.set(made.data, "list", 1) || (made.data.list = []))).toMatch(/TypeError/);
      expect(made.data).toEqual(before);
    }
  });

  test("is not the object that was given, which stays as it is", () => {
    const given = { list: ["a"] };
    const made = parameter(given);
    given.list.push("b");
    expect(made.data).toEqual({ list: ["a"] });
    const state = ParameterState.of([made as unknown as Parameter]).toJSON();
    const json = JSON.parse(JSON.stringify(state));
    const loaded = ParameterState.fromJSON([made as unknown as Parameter], json);
    json.first.list_0 = "x";
    expect(broken(() => (loaded.get(made) as { list: string[] }).list.push("c"))).toMatch(/TypeError/);
  });
});
