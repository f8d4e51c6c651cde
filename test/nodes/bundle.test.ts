import { bundle, ExecutionError, isNode, type Node, node, t } from "tracegrad";
import { describe, expect, test } from "vitest";
import { thenable } from "./thenable.ts";

const plus = bundle((a: number, b: number = 10, ...more: number[]) => more.reduce((x, y) => x + y, a + b), {
  name: "plus",
});

/** The inputs of a node as plain values by name. */
function inputsOf(made: Node): Record<string, unknown> {
  return Object.fromEntries(Object.entries(made.inputs).map(([name, parent]) => [name, parent.data]));
}

describe("a bundle", () => {
  test("gives a node with the body's result, which comes from its arguments", () => {
    const a = node(1, { name: "first" });
    const sum = plus(a, 2);
    expect([sum.data, sum.op, sum.name]).toEqual([3, "plus", "plus"]);
    expect(sum.parents[0]).toBe(a);
    expect(inputsOf(sum)).toEqual({ a: 1, b: 2 });
  });

  test("records defaults that are literals and rest arguments as named inputs", () => {
    expect(inputsOf(plus(1))).toEqual({ a: 1, b: 10 });
    expect(inputsOf(plus(1, undefined))).toEqual({ a: 1, b: 10 });
    expect(inputsOf(plus(1, 2, 3, 4))).toEqual({ a: 1, b: 2, more_0: 3, more_1: 4 });
  });

  test("makes a default that is an array or record afresh for each call", () => {
    const collect = bundle((item: number, items: number[] = []) => (items.push(item), items), { name: "collect" });
    expect([collect(1).data, collect(2).data]).toEqual([[1], [2]]);
  });

  test("leaves defaults that are no literals to the function", () => {
    const later = bundle((a: number, b: number = a * 2) => a + b);
    expect(inputsOf(later(2))).toEqual({ a: 2 });
    expect(later(2).data).toBe(6);
  });

  test("takes the same node twice as two inputs", () => {
    const x = node(2);
    const sum = plus(x, x);
    expect(sum.parents).toEqual([x, x]);
    expect(Object.keys(sum.inputs)).toEqual(["a", "b"]);
    expect(sum.data).toBe(4);
  });

  test("names inputs that are destructured, and takes more arguments than it has parameters", () => {
    const area = bundle(({ width, height }: { width: number; height: number }) => width * height, { name: "area" });
    const made = area({ width: node(2), height: 3 });
    expect(made.data).toBe(6);
    expect(Object.values(made.parents[0]?.inputs ?? {}).map((parent) => parent.data)).toEqual([2]);
    const more = (area as unknown as (...args: unknown[]) => Node)({ width: 1, height: 1 }, "extra");
    expect(more.parents).toHaveLength(2);
  });

  test("may have an input that is called code or like a method of objects", () => {
    const odd = bundle((code: string, constructor: string) => code + constructor, { name: "odd" });
    expect(inputsOf(odd("a", "b"))).toEqual({ code: "a", constructor: "b" });
  });
});

describe("a bundle's name", () => {
  test("is that of the function or of its variable, or as asked", () => {
    function declared() {}
    const arrow = () => 1;
    expect(bundle(declared)().op).toBe("declared");
    expect(bundle(arrow)().op).toBe("arrow");
    expect(bundle(() => 1, { name: "chosen" })().op).toBe("chosen");
  });

  test("of a function without one is that of the variable it is assigned to", () => {
    const assigned = bundle(() => 1);
    expect(assigned().op).toBe("assigned");
    expect(assigned.name).toBe("assigned");
  });

  test("is never empty", () => {
    expect([bundle(() => 1)][0]?.().op).toMatch(/\w/);
  });

  test("goes with the number of parameters, as for any function", () => {
    expect([plus.length, plus.name]).toEqual([1, "plus"]);
  });
});

test("a bundle's doc is the JSDoc above the function, or as asked", () => {
  /** Doubles a number. */
  const double = bundle((x: number) => x * 2);
  expect(double(1).doc).toBe("Doubles a number.");
  expect(bundle((x: number) => x, { doc: "Nothing." })(1).doc).toBe("Nothing.");
});

describe("functions of all kinds", () => {
  test("async ones give a promise of a node", async () => {
    const later = bundle(async (x: number) => x + 1, { name: "later" });
    const promise = later(node(1));
    expect(promise).toBeInstanceOf(Promise);
    expect([(await promise).data, (await promise).op]).toEqual([2, "later"]);
  });

  test("ones that give a promise or a thenable, too", async () => {
    const promised = bundle((x: number) => Promise.resolve(x + 1));
    const odd = bundle((x: number) => thenable<number>((done) => done(x + 1)));
    const slow = bundle((x: number) => thenable<number>((done) => setTimeout(done, 5, x + 1)), { timeoutMs: 10_000 });
    for (const made of [promised(1), odd(1), slow(1)]) {
      const settled = await made;
      expect([isNode(settled), settled.data]).toEqual([true, 2]);
    }
  });

  test("native and bound ones number their inputs", () => {
    class Scale {
      readonly factor = 3;
      by(x: number): number {
        return this.factor * x;
      }
    }
    const scale = new Scale();
    expect(inputsOf(bundle(Math.max)(1, node(2)))).toEqual({ arg0: 1, arg1: 2 });
    expect(bundle(Math.max)(1, 2).op).toBe("max");
    expect(bundle(scale.by.bind(scale))(2).data).toBe(6);
  });

  test("generators give their iterator as it is", async () => {
    const count = bundle(function* count(to: number) {
      for (let index = 0; index < to; index++) yield index;
    });
    expect([...count(3).data]).toEqual([0, 1, 2]);
    const drip = bundle(async function* drip(to: number) {
      for (let index = 0; index < to; index++) yield index;
    });
    const seen: number[] = [];
    for await (const item of drip(2).data) seen.push(item);
    expect(seen).toEqual([0, 1]);
  });

  test("methods of an object keep their `this`", () => {
    const counter = {
      count: 41,
      next: bundle(function next(this: { count: number }) {
        return ++this.count;
      } as () => number),
    };
    expect(counter.next().data).toBe(42);
  });

  test("a class is refused, and so is what is no function at all", () => {
    class Solver {}
    expect(() => bundle(Solver as never)).toThrow(/"Solver" is a class\. Use model\(\)/);
    expect(() => bundle("text" as never)).toThrow(/bundle wraps functions; it was given "text"/);
    expect(() => bundle(null as never)).toThrow(/it was given null/);
    expect(() => (bundle() as unknown as (fn: unknown) => unknown)(7)).toThrow(/it was given 7/);
  });
});

describe("a result", () => {
  class Robot {
    #model = "T";
    get model(): string {
      return this.#model;
    }
  }
  test.each([
    ["undefined", undefined],
    ["null", null],
    ["a map", new Map([["a", 1]])],
    ["a class instance", new Robot()],
    ["an array", [1, [2]]],
    ["a record", { a: 1 }],
    ["a function", Math.max],
    ["a bare record", Object.create(null)],
  ] as [string, unknown][])("of any kind is kept by reference: %s", (_kind, value) => {
    expect(bundle(() => value, { name: "give" })().data).toBe(value);
  });
});

describe("containers of nodes", () => {
  const see = bundle((value: unknown) => value, { name: "see" });

  test("reach the body with values in the place of nodes, at any depth", () => {
    const x = node(1, { name: "x" });
    const seen = see({ a: [x, { b: x }], c: "text" });
    expect(seen.data).toEqual({ a: [1, { b: 1 }], c: "text" });
    const container = seen.parents[0] as Node;
    expect([container.op, container.name, container.parents]).toEqual(["record", "value", [x, x]]);
    expect(Object.keys(container.inputs)).toEqual(["a_0", "a_1_b"]);
  });

  test("of an array are a list", () => {
    const seen = see([node(1), 2, node(3)]);
    expect([seen.data, seen.parents[0]?.op, Object.keys(seen.parents[0]?.inputs ?? {})]).toEqual([
      [1, 2, 3],
      "list",
      ["item_0", "item_2"],
    ]);
  });

  test("may refer to themselves", () => {
    const loop: Record<string, unknown> = { x: node(1) };
    loop["self"] = loop;
    const data = see(loop).data as Record<string, unknown>;
    expect(data["self"]).toBe(data);
    expect(data["x"]).toBe(1);
  });

  test("may have no prototype", () => {
    const bare = Object.assign(Object.create(null) as Record<string, unknown>, { x: node(1) });
    expect(Object.getPrototypeOf(see(bare).data)).toBeNull();
  });

  test("without nodes are passed as they are, and not copied", () => {
    const value = { a: [1, 2, 3] };
    expect(see(value).data).toBe(value);
  });

  test("keep parts without nodes as the same objects", () => {
    const tools = { calls: 0 };
    const use = bundle(({ by }: { by: { calls: number }; x: number }) => ++by.calls, { name: "use" });
    use({ by: tools, x: node(1) });
    expect(tools.calls).toBe(1);
  });

  test("that throw when they are read do not end the program", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const getter = {
      get bad(): string {
        throw new Error("no");
      },
    };
    for (const value of [proxy, getter, [proxy]]) expect(see(value).data).toBe(value);
  });
});

describe("an awaited argument", () => {
  test("is a node as any other; a promise itself is a value", async () => {
    const ask = bundle(async (q: string) => `${q}!`, { name: "ask" });
    const shout = bundle((text: string) => text.toUpperCase(), { name: "shout" });
    expect(shout(await ask(t`a${"b"}`)).data).toBe("AB!");
    const promise = Promise.resolve(1);
    expect(bundle((value: unknown) => value === promise)(promise).data).toBe(true);
  });
});

describe("recursion through the traced name", () => {
  test("keeps a graph inside each call", () => {
    const factorial = bundle(
      (n: number): number => {
        if (n <= 1) return 1;
        return n * (factorial(n - 1) as Node<number>).data;
      },
      { name: "factorial" },
    );
    const five = factorial(5) as Node<number>;
    expect(five.data).toBe(120);
    let depth = 0;
    for (let at: Node | undefined = five; at !== undefined; at = at.inner[0]) depth += 1;
    expect(depth).toBe(5);
  });

  test("that never ends is an execution error", () => {
    const forever = bundle((n: number): number => (forever(n + 1) as Node<number>).data, { name: "forever" });
    expect(() => forever(0)).toThrow(ExecutionError);
  });
});
