import {
  type Node,
  node,
  type Parameter,
  ParameterState,
  parameter,
  t,
  trace,
  untraced,
  type WorkflowGraph,
} from "tracegrad";
import * as operators from "tracegrad/operators";
import { add } from "tracegrad/operators";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";

const count = node(1);
const text = node("a,b");
const data = node({ user: { name: "Ada", tags: ["a"] }, list: [1, 2] });

describe("a node is not its value", () => {
  test("in assignments and arguments", () => {
    // @ts-expect-error a Node<number> is no number
    const wrong: number = count;
    // @ts-expect-error Math wants a number
    void (() => Math.abs(count));
    // @ts-expect-error a number is no Node<number>
    const other: Node<number> = 1;
    expectTypeOf(count.data).toEqualTypeOf<number>();
    expect([wrong, other]).toHaveLength(2);
  });

  test("in arithmetic and comparisons", () => {
    expectTypeOf(count).not.toExtend<number>();
    // @ts-expect-error arithmetic wants numbers
    void (() => count * 2);
    // @ts-expect-error a node cannot be added to a number
    void (() => count + 1);
    // @ts-expect-error a node is not compared with a number
    void (() => count < 2);
    // @ts-expect-error a node never equals a number
    void (() => count === 1);
    // @ts-expect-error a node has no text methods
    void (() => text.toUpperCase());
  });

  test("but TypeScript lets every object stand as a condition, so only its comparison is caught", () => {
    // `if (count)` compiles: TypeScript refuses functions and promises there, but no other objects. An operator such as
    // `cond` or `not` decides by the value; `@typescript-eslint/no-unnecessary-condition` finds the rest.
    expect(node(false) ? "always" : "never").toBe("always");
    expect(operators.cond(node(false), "yes", "no").data).toBe("no");
    // Text made of a node is refused at run time only.
    expect(() => `${count}`).toThrow(/used as a plain value/);
  });

  test("nor is a node of one type a node of another", () => {
    expectTypeOf<Node<number>>().not.toExtend<Node<string>>();
    expectTypeOf<Node<"a">>().toExtend<Node<string>>();
    expectTypeOf<Parameter<string>>().toExtend<Node<string>>();
    expectTypeOf<Node<string>>().not.toExtend<Parameter<string>>();
  });
});

describe("what is derived from a node", () => {
  test("at a path of keys", () => {
    expectTypeOf(data.at("user")).toEqualTypeOf<Node<{ name: string; tags: string[] }>>();
    expectTypeOf(data.at("user", "name")).toEqualTypeOf<Node<string>>();
    expectTypeOf(data.at("user", "tags", 0)).toEqualTypeOf<Node<string>>();
    expectTypeOf(data.at("list").at(node(0))).toEqualTypeOf<Node<number>>();
    // @ts-expect-error there is no such key
    void (() => data.at("nobody"));
    // @ts-expect-error there is no such key further down
    void (() => data.at("user", "age"));
  });

  test("by a method", () => {
    expectTypeOf(text.call("split", ",")).toEqualTypeOf<Node<string[]>>();
    expectTypeOf(text.call("toUpperCase")).toEqualTypeOf<Node<string>>();
    expectTypeOf(node({ ask: async (q: string) => q.length }).call("ask", node("a"))).toEqualTypeOf<
      Promise<Node<number>>
    >();
    // @ts-expect-error there is no such method
    void (() => text.call("toNumber"));
    // @ts-expect-error a length is no method
    void (() => text.call("length"));
    // @ts-expect-error the search is a text
    void (() => text.call("includes", 1));
  });

  test("by a function", () => {
    expectTypeOf(count.map((x) => `${x}`)).toEqualTypeOf<Node<string>>();
    expectTypeOf(count.map((x) => add(x, 1))).toEqualTypeOf<Node<number>>();
    expectTypeOf(count.map(async (x) => x > 1)).toEqualTypeOf<Promise<Node<boolean>>>();
    // @ts-expect-error the value is a number
    void (() => count.map((x: string) => x));
  });

  test("by operators and templates", () => {
    expectTypeOf(t`${count} ${"b"}`).toEqualTypeOf<Node<string>>();
    expectTypeOf(add(count, 1)).toEqualTypeOf<Node<number>>();
    expectTypeOf(operators.get(data, "list")).toEqualTypeOf<Node<number[]>>();
    expectTypeOf(operators.cond(true, node("a"), 1)).toEqualTypeOf<Node<string | number>>();
    expectTypeOf(operators.makeList(count, 2)).toEqualTypeOf<Node<number[]>>();
    // @ts-expect-error a text is no number
    void (() => add(text, 1));
  });

  test("of a node is that node", () => {
    expectTypeOf(node(count)).toEqualTypeOf<Node<number>>();
  });
});

describe("parameters and their states", () => {
  test("have the type of their first value, widened", () => {
    expectTypeOf(parameter("a")).toEqualTypeOf<Parameter<string>>();
    expectTypeOf(parameter(1).data).toEqualTypeOf<number>();
    expectTypeOf(parameter(true)).toEqualTypeOf<Parameter<boolean>>();
    expectTypeOf(parameter<"low" | "high">("low").data).toEqualTypeOf<"low" | "high">();
  });

  test("take a schema and projections of that type", () => {
    expectTypeOf(parameter({ a: 1 }, { schema: z.object({ a: z.number() }) }).data).toEqualTypeOf<{ a: number }>();
    void (() => parameter("a", { schema: z.string(), projections: [(value) => value.trim()] }));
    // @ts-expect-error the schema is of numbers
    void (() => parameter("a", { schema: z.number() }));
  });

  test("give their value's type out of a state", () => {
    const style = parameter("brief");
    const state = ParameterState.of([style as Parameter]);
    expectTypeOf(state.get(style)).toEqualTypeOf<string>();
    expect(state.get(style)).toBe("brief");
  });
});

describe("runs", () => {
  test("give a graph, or a promise of one", () => {
    expectTypeOf(trace(() => add(1, 2))).toEqualTypeOf<WorkflowGraph<number>>();
    expectTypeOf(trace(async () => t`a`)).toEqualTypeOf<Promise<WorkflowGraph<string>>>();
    expectTypeOf(trace(() => ({ a: add(1, 2), b: [t`x`] }))).toEqualTypeOf<WorkflowGraph<{ a: number; b: string[] }>>();
    expectTypeOf(trace(() => "plain").value).toEqualTypeOf<string | undefined>();
  });

  test("without recording give what their function gives", () => {
    expectTypeOf(untraced(() => add(1, 2))).toEqualTypeOf<Node<number>>();
    expectTypeOf(untraced(async () => 1)).toEqualTypeOf<Promise<number>>();
  });
});
