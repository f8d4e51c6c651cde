import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkGraph, invariants } from "../../src/doors/testing.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { graphOf, trace } from "../../src/graph/trace.ts";
import { node } from "../../src/nodes/input-node.ts";
import type { Node } from "../../src/nodes/node.ts";
import { parameter } from "../../src/nodes/parameter.ts";
import { batchify } from "../../src/templates/batchify.ts";
import { chain } from "../../src/templates/chain.ts";
import { call, programs, run } from "./programs.ts";

/** A graph like `graph` in all but some members. */
function forged(graph: Graph, changes: Partial<Record<keyof Graph, unknown>>): Graph {
  return new Proxy(graph, {
    get: (target, key) => {
      if (key in changes) return changes[key as keyof Graph];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const p = parameter(1, { name: "p" });
const graph = graphOf(call(call(p, 1), call(p, 2))) as Graph;
const nodes = graph.nodes;
const stray = node(1, { name: "stray" }) as Node;

const broken: readonly (readonly [law: string, Graph])[] = [
  ["the output is a node of the graph", forged(graph, { output: stray })],
  ["no node stands twice", forged(graph, { nodes: [...nodes, nodes.at(-1)] })],
  ["parents come before children", forged(graph, { nodes: [...nodes].reverse() })],
  ["the output comes last", forged(graph, { nodes: [nodes.at(-1), ...nodes.slice(0, -1)] })],
  [
    "every node but the output is a parent",
    forged(graph, { nodes: [stray, ...nodes], nameOf: (one: Node) => `n${one.id}` }),
  ],
  ["names are unique identifiers", forged(graph, { nameOf: () => "same" })],
  ["names are unique identifiers", forged(graph, { nameOf: (one: Node) => `${one.id}` })],
  ["parameters have no parents", forged(graph, { parentsOf: () => [stray] })],
];

describe("the laws of graphs", () => {
  it("hold for runs, batches and episodes of any programs", () => {
    fc.assert(
      fc.property(
        fc.array(programs, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 5 }),
        (all, horizon) => {
          const shared = run([{ kind: "parameter" }, { kind: "input" }]);
          let state = shared;
          const graphs = all.map((lines) =>
            trace(() => {
              const made = run(lines, state);
              state = [...shared, made.at(-1) as Node];
              return made.at(-1) as Node;
            }),
          ) as Graph[];
          for (const one of graphs) checkGraph(one);
          checkGraph(batchify(graphs) as Graph);
          checkGraph(chain(graphs, { horizon }) as Graph);
          checkGraph(batchify([chain(graphs, { horizon }), batchify(graphs)] as Graph[]) as Graph);
          checkGraph(chain([batchify(graphs), chain(graphs, { horizon: 1 })] as Graph[]) as Graph);
        },
      ),
    );
  });

  it.each(broken)("see a graph that breaks: %s", (law, bad) => {
    expect(invariants[law]?.(graph)).toBe(true);
    expect(invariants[law]?.(bad)).toBe(false);
    expect(() => checkGraph(bad)).toThrow(law);
  });

  it("are all tried on a broken graph", () => {
    expect(new Set(broken.map(([law]) => law))).toEqual(new Set(Object.keys(invariants)));
  });
});
