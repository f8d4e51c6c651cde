import fc from "fast-check";
import { batchify, bundle, chain, type Graph, graphOf, type Node, node, parameter, trace } from "tracegrad";
import * as operators from "tracegrad/operators";
import { checkGraph } from "tracegrad/testing";
import { describe, expect, it } from "vitest";

const { add } = operators;
const later = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
const p = parameter(1, { name: "p" });
const ids = (graph: Graph) => graph.nodes.map((one) => one.id);

/** An episode whose state is a node that goes from step to step, through an environment outside the traces. */
async function linked(steps: number, pause = async () => undefined as unknown): Promise<Graph<number>[]> {
  let state: Node<number> = node(0, { name: "start" });
  const graphs: Graph<number>[] = [];
  for (let step = 0; step < steps; step++) {
    const graph = await trace(async () => {
      const half = add(state, p);
      await pause();
      return add(half, p);
    });
    graphs.push(graph);
    state = graph.output.map((value) => value + 100, "environment");
  }
  return graphs;
}

const unlinked = (steps: number) => Array.from({ length: steps }, (_, step) => trace(() => add(p, step)));

describe("chain", () => {
  it("of linked steps is what the whole run depends on", async () => {
    const graphs = await linked(4);
    const episode = chain(graphs);
    expect(episode.output).toBe(graphs[3]?.output);
    expect(ids(episode)).toEqual(ids(graphOf(graphs[3]?.output as Node)));
    expect(episode.nodes.filter((one) => one.op === "environment")).toHaveLength(3);
    expect(episode.nodes.some((one) => one.op === "environment_step")).toBe(false);
  });

  it("links steps on plain values by environment steps", () => {
    const episode = chain(unlinked(3));
    expect(episode.value).toBe(3);
    expect(episode.show()).toMatchInlineSnapshot(`
      "p = 1 // parameter
      y = 0 // input
      add = add(x=p, y=y) // 1
      y_1 = 1 // input
      add_1 = add(x=p, y=y_1) // 2
      environment_step = environment_step(state=add, action=add_1) // 2
      y_2 = 2 // input
      add_2 = add(x=p, y=y_2) // 3
      environment_step_1 = environment_step(state=environment_step, action=add_2) // 3"
    `);
    checkGraph(episode as Graph);
  });

  it("at a horizon of all steps is the whole, at 1 the last step alone", async () => {
    for (const graphs of [await linked(5), unlinked(5)]) {
      const whole = (horizon?: number) => chain(graphs, horizon === undefined ? {} : { horizon });
      const shape = (graph: Graph) => graph.show().replaceAll(/_\d+/g, "");
      for (const horizon of [5, 6, 1_000]) expect(shape(whole(horizon) as Graph)).toBe(shape(whole() as Graph));
      expect(ids(whole(1) as Graph)).toEqual(ids(graphs[4] as Graph));
      expect(whole(1).show()).toBe(graphs[4]?.show());
    }
  });

  it("looks no further back than the horizon, and keeps the state carried over it as an input", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), async (steps, horizon) => {
        const graphs = await linked(steps);
        const episode = chain(graphs, { horizon });
        const kept = Math.min(steps, horizon);
        const since = Math.min(...(graphs.at(-kept)?.parts.map((part) => part.since) ?? []));
        for (const one of episode.nodes) if (one.id < since) expect(episode.parentsOf(one)).toEqual([]);
        // The state and two sums for each step, environments between them, the parameter.
        expect(episode.nodes).toHaveLength(1 + 2 * kept + kept);
        const carried = steps > kept ? "environment" : "start";
        expect(
          episode.nodes.filter((one) => one !== p && episode.parentsOf(one).length === 0).map((one) => one.name),
        ).toEqual([carried]);
        checkGraph(episode as Graph);
      }),
    );
  });

  it("keeps the horizon also of graphs that do not know when their run began", async () => {
    const graphs = (await linked(4)).map((graph) => graphOf(graph.output));
    for (const horizon of [1, 2, 3]) {
      const episode = chain(graphs, { horizon });
      const calls = episode.nodes.filter((one) => one.op === "add" && episode.parentsOf(one).length > 0);
      expect(calls).toHaveLength(2 * horizon);
    }
    expect(chain(graphs).nodes.filter((one) => one.op === "add")).toHaveLength(8);
  });

  it("sees overlapping windows of one episode in a batch, whatever their order", async () => {
    const graphs = await linked(6);
    const windows = [
      chain(graphs.slice(0, 4), { horizon: 3 }),
      chain(graphs.slice(0, 6), { horizon: 2 }),
      chain(graphs, { horizon: 3 }),
    ];
    const inputs = (batch: Graph) =>
      batch.nodes.filter((one) => batch.parentsOf(one).length === 0).map((one) => one.id);
    const forth = batchify(windows);
    const back = batchify([...windows].reverse());
    expect(inputs(back as Graph)).toEqual(inputs(forth as Graph));
    for (const window of windows) {
      for (const one of window.nodes)
        if (window.parentsOf(one).length > 0) expect(back.parentsOf(one)).toEqual(one.parents);
    }
  });

  it("does not look behind the horizon of an episode that is a step of a longer one", async () => {
    const first = trace(() => add(p, 1));
    const inner = chain(await linked(4), { horizon: 2 });
    const whole = chain([first, inner] as Graph[]);
    const inside = (graph: Graph) => graph.nodes.filter((one) => one.name === "environment");
    expect(inside(whole)).toEqual(inside(inner as Graph));
    expect(whole.parentsOf(inside(whole)[0] as Node)).toEqual([]);
  });

  it("never mixes episodes that ran at the same time", async () => {
    const episodes = await Promise.all(Array.from({ length: 20 }, (_, index) => linked(2 + (index % 4), later)));
    const alone = episodes.map((graphs) => chain(graphs, { horizon: 2 }));
    for (const [index, episode] of alone.entries()) {
      expect(episode.value).toBe(((episodes[index]?.length ?? 0) - 1) * 102 + 2);
      expect(episode.nodes.filter((one) => one.op === "add")).toHaveLength(4);
    }
    const batch = batchify(alone);
    checkGraph(batch as Graph);
    const union = new Set(alone.flatMap((episode) => episode.nodes.map((one) => one.id)));
    expect(new Set(ids(batch as Graph).slice(0, -1))).toEqual(union);
    for (const episode of alone) {
      for (const one of episode.nodes) expect(batch.parentsOf(one)).toEqual(episode.parentsOf(one));
    }
  });

  it("goes on after failed steps, and ends in the error when the last one failed", () => {
    const parse = bundle(function parse(text: string, _p: number) {
      return JSON.parse(text) as number;
    });
    const [good, bad] = [() => trace(() => parse("1", p)), () => trace(() => parse("{", p))];
    expect(chain([bad(), good()]).value).toBe(1);
    const single = chain([bad()]);
    expect(single.error?.message).toContain("SyntaxError");
    const ended = chain([good(), bad()]);
    expect(ended.value).toBeUndefined();
    expect(ended.show()).toContain("threw");
    for (const episode of [single, ended]) expect([...episode.backward("It failed.").signals.keys()]).toEqual([p]);
  });

  it("takes batches as steps, and long episodes", () => {
    const episode = chain([batchify(unlinked(2)), batchify(unlinked(3))]);
    expect(episode.value).toEqual([1, 2, 3]);
    checkGraph(episode as Graph);
    expect(chain(unlinked(10_000)).nodes.length).toBeGreaterThan(20_000);
  });

  it("refuses no steps, and a horizon that is no number of steps", () => {
    expect(() => chain([])).toThrow("at least one graph");
    for (const horizon of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => chain(unlinked(2), { horizon })).toThrow(`at least 1; got ${horizon}`);
    }
  });
});
