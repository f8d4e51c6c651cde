import { inspect } from "node:util";
import { bundle, ExecutionError, isNode, Node, NodeAsValueError, node, parameter, t } from "tracegrad";
import { add } from "tracegrad/operators";
import { describe, expect, test } from "vitest";

describe("a node", () => {
  test("holds the value it was given, by reference", () => {
    const value = { a: 1 };
    expect(node(value).data).toBe(value);
  });

  test("is named after the type of its value, or as asked", () => {
    class Robot {}
    const values = ["text", 1, true, null, undefined, [1], { a: 1 }, new Map(), new Robot(), () => 1];
    expect(values.map((value) => node(value).name)).toEqual([
      "string",
      "number",
      "boolean",
      "null",
      "undefined",
      "array",
      "record",
      "map",
      "robot",
      "function",
    ]);
    expect(node(1, { name: "age", doc: "In years." })).toMatchObject({ name: "age", op: "age", doc: "In years." });
  });

  test("of a node is that node", () => {
    const first = node(1, { name: "first" });
    expect(node(first, { name: "second" })).toBe(first);
    expect(first.name).toBe("first");
  });

  test("has an id larger than those of its parents", () => {
    let last = node(0);
    for (let index = 0; index < 100; index++) {
      const next = add(last, index);
      for (const parent of next.parents) expect(parent.id).toBeLessThan(next.id);
      last = next;
    }
  });

  test("has nothing that could be written to", () => {
    const x = node(1);
    expect(() => Object.assign(x, { data: 2 })).toThrow(TypeError);
    expect(() => Object.assign(x, { name: "other" })).toThrow(TypeError);
    expect(() => Object.assign(x, { inputs: {} })).toThrow(TypeError);
    const y = add(x, 1);
    Object.assign(y.inputs, { x: node(7) });
    expect(y.inputs["x"]).toBe(x);
  });

  test("keeps constants as nodes named after the input they went into", () => {
    const sum = add(node(1, { name: "one" }), 2);
    expect(Object.entries(sum.inputs).map(([name, parent]) => [name, parent.name, parent.data])).toEqual([
      ["x", "one", 1],
      ["y", "y", 2],
    ]);
  });

  test("may be named like a key that records have already", () => {
    for (const name of ["__proto__", "constructor", "toString", "", "x".repeat(10_000), "🦊"]) {
      expect(node(1, { name }).name).toBe(name);
    }
    const both = bundle((__proto__: number, toString: number) => __proto__ + toString, { name: "both" })(1, 2);
    expect(Object.keys(both.inputs)).toEqual(["__proto__", "toString"]);
    expect(({} as Record<string, unknown>)["data"]).toBeUndefined();
  });
});

describe("a node used as its value", () => {
  const x: unknown = node(1, { name: "price" });
  const number = x as number;
  const uses: Record<string, () => unknown> = {
    addition: () => number + 1,
    "text joined on": () => "a" + (x as string),
    "template literal": () => `${x as string}`,
    "String()": () => String(x),
    "Number()": () => Number(x),
    comparison: () => number < 2,
    // oxlint-disable-next-line eqeqeq -- the loose comparison is what is tested
    "loose equality": () => number == 1,
    negation: () => -number,
    "a key": () => ({})[x as string],
    "Array.join": () => [x, x].join(),
    sorting: () => [x as number, 3].sort(),
  };
  for (const [use, run] of Object.entries(uses)) {
    test(`is refused: ${use}`, () => {
      expect(run).toThrow(NodeAsValueError);
      expect(run).toThrow(/"price" was used as a plain value.*\.data.*add\(x, y\)/);
    });
  }
});

describe("printing a node", () => {
  const chain = Array.from({ length: 200 }).reduce<Node<string>>((text) => t`${text}!`, node("start"));

  test("to JSON gives a short text, also inside of other data", () => {
    expect(JSON.stringify({ answer: chain })).toBe('{"answer":"Node(text)"}');
  });

  test("to a console gives its name and the beginning of its value", () => {
    expect(inspect(add(node(1), 2))).toBe("Node(add = 3)");
    expect(inspect({ p: parameter("Be brief.", { name: "style" }) })).toBe('{ p: Node(style = "Be brief.") }');
    expect(inspect(node("x".repeat(1e6))).length).toBeLessThan(300);
    expect(inspect(node(Array.from({ length: 1e5 }, () => ({ deep: [[1]] })))).length).toBeLessThan(400);
  });

  test("never throws, whatever it holds", () => {
    const hostile = new Proxy({}, { get: () => expect.fail("read"), ownKeys: () => expect.fail("listed") });
    expect(inspect(node({ bad: hostile }, { name: "odd" }))).toMatch(/^Node\(odd = /);
  });
});

describe("node.at", () => {
  const data = { user: { name: "Ada", tags: ["a", "b"] } };

  test("gives a property or element as a node that comes from the whole", () => {
    const whole = node(data);
    const user = whole.at("user");
    expect(user.data).toBe(data.user);
    expect(user.parents[0]).toBe(whole);
    expect(Object.keys(user.inputs)).toEqual(["x", "key_0"]);
  });

  test("follows a path of keys, which may be nodes", () => {
    const index = node(1, { name: "index" });
    const tag = node(data).at("user", "tags", index);
    expect(tag.data).toBe("b");
    expect(tag.parents).toContain(index);
  });

  test("gives undefined for a key that is not there, and fails below it", () => {
    const open = node<Record<string, Record<string, number>>>({});
    expect(open.at("none").data).toBeUndefined();
    expect(() => open.at("none", "deeper")).toThrow(ExecutionError);
  });
});

describe("node.call", () => {
  test("calls a method of the value", () => {
    const words = node("a b c").call("split", " ");
    expect([words.data, words.op, Object.keys(words.inputs)]).toEqual([["a", "b", "c"], "split", ["self", "args_0"]]);
  });

  test("with `this` and nodes among the arguments", () => {
    class Counter {
      #count = 40;
      plus(more: number): number {
        return this.#count + more;
      }
    }
    const two = node(2);
    const sum = node(new Counter()).call("plus", two);
    expect(sum.data).toBe(42);
    expect(sum.parents).toContain(two);
  });

  test("of an async method gives a promise of a node", async () => {
    const client = node({ ask: async (q: string) => `${q}!` });
    const answer = await client.call("ask", "hm");
    expect([isNode(answer), answer.data]).toEqual([true, "hm!"]);
  });

  test("of a method that is not there says so", () => {
    const call = () => (node({ a: 1 }) as unknown as Node<{ run(): void }>).call("run");
    expect(call).toThrow(/"run" failed: TypeError: A value of type record has no method "run"/);
    const onNull = () => (node(null) as unknown as Node<{ run(): void }>).call("run");
    expect(onNull).toThrow(ExecutionError);
  });
});

describe("node.map", () => {
  test("applies a function and is named after it, or as asked", () => {
    const double = (x: number) => x * 2;
    expect(node(2).map(double).op).toBe("double");
    expect(node(2).map((x) => x * 2, "twice").op).toBe("twice");
    expect(node(2).map((x) => x * 2).op).toBe("map");
    expect(node(2).map(double).data).toBe(4);
  });

  test("of an async function gives a promise of a node", async () => {
    const mapped = await node(2).map(async (x) => x * 2);
    expect([isNode(mapped), mapped.data]).toEqual([true, 4]);
  });

  test("keeps what a function that makes nodes made them from", () => {
    const bonus = node(10, { name: "bonus" });
    const mapped = node(1, { name: "base" }).map((x) => add(x, bonus));
    expect(mapped.data).toBe(11);
    expect(mapped.inner[0]?.parents).toContain(bonus);
    expect(mapped.parents.map((parent) => parent.name)).toEqual(["base", "add"]);
  });

  test("that throws leaves an exception node with the value as its parent", () => {
    const x = node(1);
    try {
      x.map(() => JSON.parse("{"), "parse");
      expect.fail("it should throw");
    } catch (error) {
      expect(error).toBeInstanceOf(ExecutionError);
      expect((error as ExecutionError).node.parents).toEqual([x]);
      expect((error as ExecutionError).node.name).toBe("parse_error");
    }
  });
});

test("two equal values are two nodes", () => {
  expect(node(1)).not.toBe(node(1));
  expect(new Set([node(1), node(1)]).size).toBe(2);
  expect(node("a") instanceof Node).toBe(true);
});
