import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { bundle, ExternalReadError, type Node, node, parameter, t, trace, untraced } from "tracegrad";
import { add } from "tracegrad/operators";
import { describe, expect, test } from "vitest";
import { thenable } from "./thenable.ts";

const double = bundle((x: number) => x * 2, { name: "double" });
const later = bundle(
  async (x: number) => {
    await sleep(1);
    return x + 1;
  },
  { name: "later" },
);

describe("untraced", () => {
  test("gives the right values without parents, in operators, bundles, templates and containers", async () => {
    const x = node(3);
    const made = untraced(() => [add(x, 1), double(x), t`${x}`, double(add(x, x)), x.map((value) => -value)]);
    expect(made.map((one) => one.data)).toEqual([4, 6, "3", 12, -3]);
    expect(made.every((one) => one.parents.length === 0)).toBe(true);
    const [one, two] = await untraced(() => Promise.all([later(x), later(double(x))]));
    expect([one.data, two.data, one.parents, two.parents]).toEqual([4, 7, [], []]);
  });

  test("records again afterwards, also after an inner one and after a failure", () => {
    const x = node(1);
    untraced(() => {
      untraced(() => double(x));
      expect(double(x).parents).toEqual([]);
    });
    expect(() =>
      untraced(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(double(x).parents).toEqual([x]);
  });

  test("inside a trace leaves that run recorded, and a trace inside it is recorded", async () => {
    const x = node(1);
    const graph = await trace(async () => {
      const hidden = await untraced(async () => (await later(x)).data);
      return add(double(x), hidden);
    });
    expect(graph.nodes.map((one) => one.op)).toContain("double");
    const inner = untraced(() => trace(() => double(x)));
    expect(inner.output.parents).toEqual([x]);
  });

  test("in one concurrent run does not switch another one off", async () => {
    const x = node(1);
    const run = async () => double(await later(x));
    const results = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 ? untraced(run) : run())));
    for (const [index, one] of results.entries()) expect(one.parents.length).toBe(index % 2 ? 0 : 1);
  });

  test("inside a bundle's body may read any node", () => {
    const rate = parameter(2);
    const peek = bundle((x: number) => x * untraced(() => rate.data), { name: "peek" });
    expect(peek(3).data).toBe(6);
  });

  test("waits for a thenable, too", async () => {
    const x = node(1);
    const lazy = thenable<Node<number>>((done) => setTimeout(() => done(double(x)), 2));
    const made = await untraced(() => lazy);
    expect([made.data, made.parents]).toEqual([2, []]);
    const graph = await trace(() => lazy);
    expect([graph.value, graph.nodes.length]).toEqual([2, 2]);
  });
});

/** The ids of the nodes in each graph that came into being inside of its run. */
function expectNoSharedNodes(graphs: readonly { nodes: readonly Node[] }[], shared: readonly Node[]): void {
  const owner = new Map<Node, number>();
  for (const [index, graph] of graphs.entries()) {
    for (const one of graph.nodes) {
      if (shared.includes(one)) continue;
      expect(owner.get(one) ?? index).toBe(index);
      owner.set(one, index);
    }
  }
}

describe("1,000 concurrent traces", () => {
  const shared = parameter("style", { name: "style" });

  async function agent(index: number): Promise<Node<string>> {
    const question = node(index, { name: "question" });
    await sleep(index % 5);
    const one = await later(question);
    await new Promise((resolve) => setImmediate(resolve));
    const two = double(one);
    await Promise.resolve();
    return t`${shared} ${question} ${two}`;
  }

  test("share no node but those they were all given", async () => {
    const graphs = await Promise.all(Array.from({ length: 1_000 }, (_, index) => trace(() => agent(index))));
    for (const [index, graph] of graphs.entries()) {
      expect(graph.value).toBe(`style ${index} ${(index + 1) * 2}`);
      expect(graph.nodes.filter((one) => one.name === "question").map((one) => one.data)).toEqual([index]);
      expect(graph.nodes).toHaveLength(5);
    }
    expectNoSharedNodes(graphs, [shared]);
  });

  test("nor via event emitters, timers and thenables", async () => {
    const bus = new EventEmitter();
    bus.setMaxListeners(0);
    const run = (index: number) =>
      trace(async () => {
        const heard = new Promise<Node<number>>((resolve) => bus.once("go", () => resolve(double(index))));
        const timed = new Promise<Node<number>>((resolve) => setTimeout(() => resolve(double(index)), index % 3));
        const odd = thenable<Node<number>>((done) => process.nextTick(() => done(double(index))));
        return add(add(await heard, await timed), await odd);
      });
    const running = Array.from({ length: 1_000 }, (_, index) => run(index));
    await sleep(5);
    bus.emit("go");
    const graphs = await Promise.all(running);
    expect(graphs.map((graph) => graph.value)).toEqual(graphs.map((_, index) => index * 6));
    expectNoSharedNodes(graphs, []);
  });

  test("each refuse reads of their own bodies only", async () => {
    const strict = bundle(
      async (x: number) => {
        await sleep(x % 3);
        return x % 2 ? shared.data.length : x;
      },
      { name: "strict" },
    );
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => trace(() => strict(index))));
    for (const [index, outcome] of outcomes.entries()) {
      expect(outcome.status).toBe(index % 2 ? "rejected" : "fulfilled");
      if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(ExternalReadError);
    }
  });
});
