import { instance } from "@viz-js/viz";
import fc from "fast-check";
import { expect, test } from "vitest";
import { foldNodes } from "../../src/graph/folded.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { firstAt } from "../../src/graph/pattern.ts";
import { minimalSubgraphOf } from "../../src/graph/subgraph.ts";
import { trace } from "../../src/graph/trace.ts";
import { bundleWith } from "../../src/nodes/bundle.ts";
import { node } from "../../src/nodes/input-node.ts";
import type { Node } from "../../src/nodes/node.ts";
import { add, concat, neg } from "../../src/nodes/operators/index.ts";
import { parameter } from "../../src/nodes/parameter.ts";
import { batchify } from "../../src/templates/batchify.ts";
import { anyGraph } from "./hostile.ts";

const viz = await instance();

interface Drawn {
  readonly objects?: readonly { readonly name: string; readonly label?: string; readonly nodes?: readonly number[] }[];
  readonly edges?: readonly {
    readonly tail: number;
    readonly head: number;
    readonly headlabel?: string;
    readonly style?: string;
  }[];
}

/** What Graphviz reads: frames with the names in them, boxes, and edges with their label and style. */
function parse(dot: string) {
  const { objects = [], edges = [] } = JSON.parse(viz.renderString(dot, { format: "dot_json" })) as Drawn;
  const nameAt = (index: number) => objects[index]?.name ?? "";
  return {
    frames: objects.flatMap(({ name, label, nodes = [] }) =>
      name.startsWith("cluster_repeated") ? [{ label, names: nodes.map(nameAt) }] : [],
    ),
    boxes: objects.filter(({ name }) => !name.startsWith("cluster")),
    edges: edges.map(({ tail, head, headlabel = "", style = "" }) => [nameAt(tail), nameAt(head), headlabel, style]),
  };
}

/** An agent that looks at what it made, `steps` times. */
function episode(steps: number): Graph {
  const act = bundleWith()((state: string, prompt: string) => `${prompt}${state.length}`, { name: "act" });
  const prompt = parameter("go", { name: "prompt" });
  return trace(() => {
    let state: Node<string> = node("begin", { name: "state" });
    for (let step = 0; step < steps; step++) state = concat(state, act(state, prompt));
    return state;
  });
}

test("keeps every node, parents before children, and shows it or a repetition of the same operation", () => {
  const property = fc.property(anyGraph, fc.nat(), (graph, steps) => {
    for (const each of [graph, episode(steps % 9)]) {
      const folded = foldNodes({ graph: each, nodes: each.nodes, inputs: new Set() });
      expect(new Set(folded.nodes)).toEqual(new Set(each.nodes));
      const places = new Map(folded.nodes.map((one, place) => [one, place]));
      for (const [place, one] of folded.nodes.entries()) {
        for (const parent of each.parentsOf(one)) expect(places.get(parent)).toBeLessThan(place);
        expect(folded.nodes[firstAt(folded, place)]?.op).toBe(one.op);
      }
    }
  });
  fc.assert(property, { numRuns: 60 });
});

test("draws any graph folded so that Graphviz reads it, and says how many nodes it left out", () => {
  const property = fc.property(anyGraph, fc.integer({ min: 1, max: 12 }), (graph, maxNodes) => {
    const { boxes } = parse(graph.toDot({ maxNodes }));
    const names = boxes.map(({ name }) => name).filter((name) => !name.includes("#"));
    expect(names.length).toBeLessThanOrEqual(maxNodes);
    const { nodes, patterns, patternOf } = foldNodes({ graph, nodes: graph.nodes, inputs: new Set() });
    const drawn = names.map((name) => {
      const place = nodes.findIndex((one) => graph.nameOf(one) === name);
      return patterns[patternOf[place] as number]?.count ?? 1;
    });
    const left = graph.nodes.length - drawn.reduce((sum, count) => sum + count, 0);
    expect(boxes.find(({ name }) => name === "#left_out")?.label ?? "0 n").toMatch(new RegExp(`^${left} n`));
  });
  fc.assert(property, { numRuns: 60 });
});

test("draws the steps of an episode once, in a frame with their number, and dashed what goes on to the next", () => {
  const { frames, boxes, edges } = parse(episode(50).toDot());
  expect(frames).toEqual([{ label: "for k = 1 to 50", names: ["act", "concat"] }]);
  expect(boxes.map(({ name }) => name).sort()).toEqual(["act", "concat", "prompt", "state"]);
  expect(edges).toEqual([
    ["state", "act", "state, k = 1", ""],
    ["concat", "act", "state, k - 1", "dashed"],
    ["prompt", "act", "prompt", ""],
    ["state", "concat", "x, k = 1", ""],
    ["concat", "concat", "x, k - 1", "dashed"],
    ["act", "concat", "y", ""],
  ]);
  const label = boxes.find(({ name }) => name === "act")?.label;
  expect(label).toBe('act[k]\\nact(state=concat[k-1], prompt=prompt)\\nfirst: "go5"\\nlast: "go223"');
});

test("draws three steps each, and all with fold: false", () => {
  expect(parse(episode(3).toDot()).frames).toEqual([]);
  expect(parse(episode(50).toDot({ fold: false })).boxes.filter(({ name }) => !name.includes("#"))).toHaveLength(102);
});

test("draws runs of a batch that are alike once, with one edge from all of them", () => {
  const prompt = parameter("a", { name: "prompt" });
  const runs = Array.from({ length: 6 }, (_, index) =>
    trace(() => concat(prompt, node(`${index}`, { name: "input" }))),
  );
  const { frames, edges } = parse(batchify(runs).toDot());
  expect(frames.map(({ label }) => label)).toEqual(["for k = 1 to 6"]);
  expect(edges).toContainEqual(["concat", "batchify", "item_0 to item_5, k = 1 to 6", ""]);
});

test("draws each exception by itself, in the place where it was thrown", () => {
  const parse_ = bundleWith()((text: string) => JSON.parse(text) as number, { name: "parse" });
  const prompt = parameter("a", { name: "prompt" });
  const runs = Array.from({ length: 10 }, (_, index) =>
    trace(() => parse_(concat(node(index < 5 || index > 7 ? "1" : "{", { name: "text" }), ""))),
  );
  runs.push(trace(() => concat(prompt, "b")) as never);
  const { boxes, frames } = parse(batchify(runs).toDot());
  // What went into the calls is alike.
  expect(frames.map(({ label }) => label)).toEqual(["for k = 1 to 10"]);
  expect(boxes.filter(({ label }) => label?.includes("SyntaxError"))).toHaveLength(3);
});

test("draws a subgraph folded, with what enters it as inputs", () => {
  const prompt = parameter(1, { name: "prompt" });
  const graph = trace(() => {
    let last: Node<number> = neg(node(0, { name: "far" }));
    for (let step = 0; step < 8; step++) last = add(last, prompt);
    return last;
  });
  const { frames, boxes } = parse(graph.toDot({ subgraph: minimalSubgraphOf(graph) }));
  expect(frames).toEqual([{ label: "for k = 1 to 8", names: ["add"] }]);
  expect(boxes.map(({ name }) => name).sort()).toEqual(["add", "neg", "prompt"]);
});

test("says that feedback is on the last repetition's node", () => {
  const graph = episode(20);
  graph.backward("longer");
  expect(parse(graph.toDot()).edges).toContainEqual(["concat", "#feedback", "", "dashed"]);
});
