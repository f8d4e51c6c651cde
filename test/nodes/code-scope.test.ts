import {
  bundle,
  ExecutionError,
  model,
  type Node,
  node,
  type Parameter,
  parameter,
  parametersOf,
  trace,
} from "tracegrad";
import { add } from "tracegrad/operators";
import { describe, expect, test } from "vitest";

const codeOf = (fn: unknown) => parametersOf(fn)[0] as Parameter;

const search = bundle(async function search(q: string): Promise<string> {
  return `found ${q}`;
});
const count = bundle(function count(words: string): number {
  return words.split(" ").length;
});
const style = parameter("short", { name: "style" });

describe("a traced function in the scope of trainable code", () => {
  const answer = bundle(
    async function answer(q: string): Promise<unknown> {
      const hits = await search(q);
      return [hits, typeof hits];
    },
    { trainable: true, scope: { search } },
  );
  const size = bundle(
    function size(text: string): unknown {
      return (count(text) as unknown as number) + 1;
    },
    { trainable: true, scope: { count } },
  );

  test("gives asynchronous code its plain value, and stands in the call's own graph", async () => {
    const graph = await trace(() => answer("x"));
    expect(graph.value).toEqual(["found x", "string"]);
    const inner = (await answer("y")).inner;
    expect(inner.map((one) => [one.op, one.data, Object.keys(one.inputs)])).toEqual([["search", "found y", ["q"]]]);
  });

  test("gives synchronous code its plain value, and stands there as when an ordinary body calls it", () => {
    const plain = bundle(function plain(text: string): unknown {
      return count(text).data + 1;
    });
    const [trained, ordinary] = [size("a b"), plain("a b")];
    expect([trained.data, ordinary.data]).toEqual([3, 3]);
    const shown = ({ inner }: Node) => inner.map((one) => [one.op, one.data, Object.keys(one.inputs)]);
    expect(shown(trained)).toEqual(shown(ordinary));
    expect(shown(trained)).toEqual([["count", 2, ["words"]]]);
  });

  test("that is trainable itself gets credit through the call", async () => {
    const shout = bundle((text: string): string => `${text}!`, { trainable: true, name: "shout" });
    const call = bundle((text: string): unknown => shout(text), { trainable: true, name: "call", scope: { shout } });
    expect(call("a").data).toBe("a!");
    expect(trace(() => call("a")).parameters).toEqual(expect.arrayContaining([codeOf(call), codeOf(shout)]));
  });

  test("may be a method of a model", () => {
    class Shop {
      @bundle()
      price(item: string): number {
        return item.length;
      }
    }
    const price = model(Shop).price;
    const quote = bundle((item: string): unknown => price(item), { trainable: true, name: "quote", scope: { price } });
    const made = quote("book");
    expect([made.data, made.inner.map((one) => one.op)]).toEqual([4, ["price"]]);
  });

  test("leads from its failure to what is behind it", async () => {
    const risky = bundle((text: string): string => (text as unknown as { a: { b: string } }).a.b, {
      ...{ trainable: true, name: "risky" },
    });
    const sync = bundle((text: string): unknown => risky(text), { trainable: true, name: "sync", scope: { risky } });
    const later = bundle(async (text: string): Promise<unknown> => risky(text), {
      ...{ trainable: true, name: "later", scope: { risky } },
    });
    const caught = bundle(
      (text: string): unknown => {
        try {
          return risky(text);
        } catch (error) {
          return String(error);
        }
      },
      { trainable: true, name: "caught", scope: { risky } },
    );
    for (const graph of [trace(() => sync("a")), await trace(() => later("a"))]) {
      expect(graph.error).toBeInstanceOf(ExecutionError);
      expect(graph.error?.message).toMatch(/"risky" failed: /);
      expect(graph.parameters).toContain(codeOf(risky));
    }
    expect(caught("a").data).toMatch(/"risky" failed: /);
    expect(caught("a").inner).toEqual([]);
  });
});

describe("a function in the scope", () => {
  test("that gives data with nodes in it gives the plain data, and all of them count", async () => {
    const gather = (text: string) => ({ n: count(text), all: [new Map([["sum", add(count(text), 1)]])] });
    const use = bundle((text: string): unknown => gather(text), { trainable: true, name: "use", scope: { gather } });
    const made = use("a b");
    expect(made.data).toEqual({ n: 2, all: [new Map([["sum", 3]])] });
    expect(made.inner.map((one) => one.op).sort()).toEqual(["add", "count"]);
    const later = async (text: string) => [await search(text)];
    const ask = bundle(async (text: string): Promise<unknown> => later(text), {
      ...{ trainable: true, name: "ask", scope: { later } },
    });
    expect((await ask("q")).data).toEqual(["found q"]);
  });

  test("may give a node from outside only where the bundle records what it reads", () => {
    const current = () => style;
    const options = { trainable: true, scope: { current } } as const;
    const strict = bundle((): unknown => current(), { ...options, name: "strict" });
    const open = bundle((): unknown => current(), { ...options, name: "open", external: "record" });
    expect(() => strict()).toThrow(expect.objectContaining({ code: "external-read" }));
    expect(open().data).toBe("short");
    expect(open().parents).toContain(style);
  });

  test("that gives an object which hides a node is refused", () => {
    class Holder {
      readonly inside = node(1);
    }
    const hide = () => new Holder();
    const hidden = bundle((): unknown => hide(), { trainable: true, name: "hidden", scope: { hide } });
    expect(() => hidden()).toThrow(expect.objectContaining({ code: "hidden-node" }));
  });

  test("that gives an object of a class fails the call with its place", async () => {
    class Order {
      readonly net = 1;
    }
    const order = () => ({ orders: [new Order()] });
    const now = bundle((): unknown => order(), { trainable: true, name: "now", scope: { order } });
    const later = bundle(async (): Promise<unknown> => order(), { trainable: true, name: "later", scope: { order } });
    const problem = /the result of `order`\.orders\[0\] is an instance of Order; only plain data/;
    expect(() => now()).toThrow(problem);
    await expect(later()).rejects.toThrow(problem);
  });
});

describe("a constant of the scope", () => {
  test.each<[string, unknown, RegExp]>([
    ["a parameter", style, /holds the parameter "style" as `given`.*Pass it to "text" as an argument/],
    ["a node", node(1, { name: "one" }), /holds the node "one" as `given`/],
    ["a parameter in a record", { deep: [{ style }] }, /holds the parameter "style" as `given`/],
    ["a parameter in a map", new Map([["a", style]]), /holds the parameter "style" as `given`/],
  ])("may not be %s: its value may change", (_, given, message) => {
    const define = () => bundle((): string => "a", { trainable: true, name: "text", scope: { given } });
    expect(define).toThrow(message);
    expect(define).toThrow(expect.objectContaining({ code: "bad-scope" }));
  });
});

test("an argument of a class is refused, and an argument with nodes hands over their values", async () => {
  class Order {
    readonly net: number;
    constructor(net: number) {
      this.net = net;
    }
    get gross(): number {
      return this.net * 1.2;
    }
  }
  const gross = bundle((order: { gross?: number }): unknown => order.gross ?? "none", {
    ...{ trainable: true, name: "gross" },
  });
  const later = bundle(async (order: unknown): Promise<unknown> => order, { trainable: true, name: "later" });
  expect(() => gross(new Order(10))).toThrow(/args\[0\] is an instance of Order/);
  await expect(later({ list: [new Order(10)] })).rejects.toThrow(/args\[0\]\.list\[0\] is an instance of Order/);
  const made = gross({ gross: style as never });
  expect(made.data).toBe("short");
  expect(trace(() => gross({ gross: style as never })).parameters).toContain(style);
});
