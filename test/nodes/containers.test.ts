/**
 * Nodes inside of data: in arrays, records, maps and sets they are found; where they are not looked for they are
 * refused.
 */

import {
  bundle,
  evaluate,
  HiddenNodeError,
  model,
  type Node,
  node,
  parameter,
  t,
  trace,
  untraced,
  WorkflowGraph,
} from "tracegrad";
import { playEpisode } from "tracegrad/environments";
import * as operators from "tracegrad/operators";
import { makeList } from "tracegrad/operators";
import { describe, expect, test } from "vitest";

const see = bundle((value: unknown) => value, { name: "see" });
const prompt = () => parameter("P", { name: "prompt" });

/** Everything that nodes may be put into, and how to take them out of it again. */
const holders: Record<string, (one: unknown) => unknown> = {
  "a value of a map": (one) => new Map([["x", one]]),
  "a key of a map": (one) => new Map([[one, 1]]),
  "a set": (one) => new Set([one]),
  "a map in a record": (one) => ({ deep: [new Map([["x", { y: one }]])] }),
  "a record in a map": (one) => new Map([["x", { y: [one] }]]),
  "a key inside a key": (one) => new Map([[new Set([one]), 1]]),
  "a map in a map": (one) => new Map([[1, new Map([[2, one]])]]),
};

describe("nodes in maps and sets", () => {
  test.each(Object.entries(holders))("reach a body as values, and credit passes: %s", (_, hold) => {
    const target = prompt();
    const graph = trace(() => see(hold(t`${target}!`)));
    expect(graph.value).toEqual(hold("P!"));
    const { signals } = graph.backward("Wrong.");
    expect([...signals.keys()]).toEqual([target]);
  });

  test.each(Object.entries(holders))("of a parameter make that an input: %s", (_, hold) => {
    const target = prompt();
    const graph = trace(() => see(hold(target)));
    expect(graph.value).toEqual(hold("P"));
    expect(graph.parameters).toEqual([target]);
  });

  test.each(Object.entries(holders))("in a body's result are part of its inner graph: %s", (_, hold) => {
    const give = bundle((text: string) => hold(t`${node(text)}!`), { name: "give" });
    const target = prompt();
    const graph = trace(() => give(target));
    expect(graph.value).toEqual(hold("P!"));
    expect(graph.output.inner.map(({ op }) => op)).toEqual(["text"]);
    expect(graph.parameters).toEqual([target]);
  });

  test.each(Object.entries(holders))("in the result of a trace, or of a map, make it depend on them: %s", (_, hold) => {
    const target = prompt();
    const graph = trace(() => hold(t`${target}!`));
    expect(graph.value).toEqual(hold("P!"));
    expect(graph.parameters).toEqual([target]);
    expect(trace(() => node(1).map(() => hold(t`${target}!`))).parameters).toEqual([target]);
    expect(trace(() => makeList(hold(target) as string)).parameters).toEqual([target]);
  });

  test.each(Object.entries(holders))("are values with recording off, too: %s", (_, hold) => {
    const target = prompt();
    expect(untraced(() => see(hold(target)).data)).toEqual(hold("P"));
  });

  test("pass into trainable code and are shown as calls of `mapping` and `set`, by name", async () => {
    const first = bundle(
      function first(from: Map<string, string>, words: Set<string>) {
        return `${from.get("a")} ${[...words].join()}`;
      },
      { trainable: true },
    );
    const target = prompt();
    const graph = trace(() => first(new Map([["a", target]]), new Set([t`${target}?`, "b"])));
    expect(graph.value).toBe("P P?,b");
    const [from, words] = graph.output.parents as readonly [Node, Node];
    expect([from.op, from.name, Object.keys(from.inputs)]).toEqual(["mapping", "from", ["a"]]);
    expect([words.op, words.name, Object.keys(words.inputs)]).toEqual(["set", "words", ["item_0"]]);
    const again = WorkflowGraph.fromJSON(JSON.parse(JSON.stringify(graph)));
    expect(again.show()).toBe(graph.show());
  });

  test("leave those without nodes as the same objects, which a body may change", () => {
    const cache = new Map<string, number>();
    const put = bundle((by: Map<string, number>, key: string) => void by.set(key, 1), { name: "put" });
    put(cache, node("a"));
    expect([...cache]).toEqual([["a", 1]]);
    const inner = new Set([1]);
    expect((see(new Map<string, unknown>([["x", inner], ["y", node(1)]])).data as Map<string, unknown>).get("x")).toBe(inner); // biome-ignore format: one line
  });

  test("that refer to themselves end", () => {
    const loop = new Map<unknown, unknown>([["x", node(1)]]);
    loop.set("self", loop);
    const data = see(loop).data as Map<unknown, unknown>;
    expect([data.get("self") === data, data.get("x")]).toEqual([true, 1]);
  });
});

class Box {
  readonly inside: unknown;
  constructor(inside: unknown) {
    this.inside = inside;
  }
}
class Dictionary extends Map<unknown, unknown> {}
class Bag extends Set<unknown> {}

/** Where nodes are not looked for. */
const hiding: Record<string, (one: unknown) => unknown> = {
  "an instance": (one) => new Box(one),
  "an instance in an array in a map": (one) => new Map([["x", [new Box(one)]]]),
  "an instance in an instance": (one) => new Box(new Box([{ a: one }])),
  "an instance as a key": (one) => new Map([[new Box(one), 1]]),
  "a map in an instance": (one) => new Box(new Map([[1, one]])),
  "a map of a class of its own": (one) => new Dictionary([["x", one]]),
  "a set of a class of its own": (one) => new Bag([one]),
  "an instance beside a node": (one) => [node(1), new Box(one)],
};

const refused = /The node "text" is inside an object of type (box|dictionary|bag)\. .*Give the node itself/;

describe("a node inside an object of a class is refused", () => {
  const made = () => t`${prompt()}!`;

  test.each(Object.entries(hiding))("as an argument of a bundle: %s", (_, hide) => {
    expect(() => trace(() => see(hide(made())))).toThrow(HiddenNodeError);
    expect(() => trace(() => see(hide(made())))).toThrow(refused);
  });

  test.each(Object.entries(hiding))("as an argument of an asynchronous or a trainable one: %s", async (_, hide) => {
    const later = bundle(async (value: unknown) => value, { name: "later" });
    const code = bundle((value: unknown) => value, { name: "code", trainable: true });
    await expect(trace(async () => later(hide(made())))).rejects.toThrow(refused);
    expect(() => trace(() => code(hide(made())))).toThrow(refused);
  });

  test.each(Object.entries(hiding))(
    "as a result: of a bundle, an operator, a map, a trace, a run: %s",
    async (_, hide) => {
      const give = bundle(() => hide(made()), { name: "give" });
      const later = bundle(async () => hide(made()), { name: "later" });
      expect(() => trace(() => give())).toThrow(refused);
      await expect(trace(async () => later())).rejects.toThrow(refused);
      expect(() => trace(() => node(1).map(() => hide(made())))).toThrow(refused);
      expect(() => trace(() => operators.makeRecord({ field: hide(made()) }))).toThrow(refused);
      expect(() => trace(() => hide(made()))).toThrow(refused);
      await expect(trace(async () => hide(made()))).rejects.toThrow(refused);
    },
  );

  test("also by `evaluate`, which traces nothing, and as an action of an episode", async () => {
    const table = await evaluate({
      agent: () => new Box(made()),
      data: [{ input: 1, target: 2 }],
      guide: async () => ({ score: 1, text: "" }),
    } as never);
    expect(table.rows[0]).toMatchObject({ error: { message: expect.stringMatching(refused) } });
    const world = { reset: () => 1, step: () => ({ observation: 1, reward: 0, done: true }) };
    await expect(playEpisode(() => new Box(made()), world as never, { seed: 1, maxSteps: 1 })).rejects.toThrow(refused);
  });

  test("but not one that the body may read by itself, with `external: record`", () => {
    const target = prompt();
    const read = bundle((box: Box) => (box.inside as Node<string>).data, { name: "read", external: "record" });
    const graph = trace(() => read(new Box(t`${target}!`)));
    expect([graph.value, graph.parameters]).toEqual(["P!", [target]]);
  });

  test("but not a parameter of an agent, an error's, a graph's, nor what only a getter or a private field gives", async () => {
    class Agent {
      readonly #history = [node(1)];
      readonly prompt = prompt();
      readonly name = "agent";
      get last(): Node | undefined {
        return this.#history.at(-1);
      }
      run(): Node<string> {
        return t`${this.prompt}!`;
      }
    }
    const graph = trace(() => t`${prompt()}`);
    const failed = trace(() => {
      throw new Error("no");
    });
    for (const value of [new Agent(), model(Agent), graph, await graph.toGraphology(), failed.error, new Date(), /x/]) {
      expect(see(value).data).toBe(value);
    }
    expect(trace(() => model(Agent).run()).value).toBe("P!");
  });

  test("and hostile or endless objects are passed as they are", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const endless: { next?: unknown } = new Box(0) as never;
    endless.next = endless;
    const throwing = new Box(0);
    Object.defineProperty(throwing, "bad", {
      enumerable: true,
      get() {
        throw new Error("no");
      },
    });
    let asked = 0;
    const large = Array.from({ length: 5_000 }, () => new Proxy(new Box(0), { ownKeys: () => [`k${asked++}`] }));
    for (const value of [proxy, endless, throwing, new Box(large)]) expect(see(value).data).toBe(value);
    expect(asked).toBe(0);
  });
});
