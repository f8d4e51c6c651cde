/** Random programs as data, and what is expected of their graphs, worked out the slow and obvious way. */

import fc from "fast-check";
import type { Graph } from "../../src/graph/graph.ts";
import { node } from "../../src/nodes/input-node.ts";
import { derive, Node } from "../../src/nodes/node.ts";
import { operator } from "../../src/nodes/operation.ts";
import { Parameter, parameter } from "../../src/nodes/parameter.ts";

/** One line of a program: a value, a parameter, or a call on earlier lines (by index, modulo how many there are). */
export type Line =
  | { readonly kind: "input" | "parameter" | "frozen" }
  | { readonly kind: "call"; readonly of: number[] };

const line: fc.Arbitrary<Line> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("input" as const, "parameter" as const, "frozen" as const) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("call" as const),
      of: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }),
    }),
  },
);

/** A program that ends with a call. */
export const programs: fc.Arbitrary<readonly Line[]> = fc
  .tuple(fc.array(line, { maxLength: 30 }), fc.array(fc.nat(1000), { minLength: 1, maxLength: 3 }))
  .map(([lines, of]) => [{ kind: "input" }, ...lines, { kind: "call", of }]);

const total = operator("total", ["x"], "Adds numbers.", true);

/** The sum of nodes, as a node. */
export function call(...parents: readonly unknown[]): Node<number> {
  return derive(
    total,
    (...values: never[]) => (values as number[]).reduce((a, b) => a + b, 0),
    parents,
  ) as Node<number>;
}

/** Runs lines after `before`, and gives all nodes. */
export function run(lines: readonly Line[], before: readonly Node[] = []): Node[] {
  const nodes = [...before];
  for (const next of lines) {
    if (next.kind === "call") nodes.push(call(...next.of.map((index) => nodes[index % nodes.length] as Node)));
    else if (next.kind === "input") nodes.push(node<number>(1, { name: "x" }));
    else nodes.push(parameter(2, { name: "p", trainable: next.kind === "parameter" }) as unknown as Node);
  }
  return nodes;
}

/** All that `roots` depend on, by recursion; behind a node that `isCut`, nothing. */
export function ancestors(roots: readonly Node[], isCut: (node: Node) => boolean = () => false): Set<Node> {
  const found = new Set<Node>();
  const visit = (node: Node): void => {
    if (found.has(node)) return;
    found.add(node);
    if (!isCut(node)) for (const parent of node.parents) visit(parent);
  };
  roots.forEach(visit);
  return found;
}

/** The minimal subgraph by its definition, for a graph without cuts. */
export function naiveSubgraph(graph: Graph): { core: Set<Node>; inputs: Set<Node> } {
  const all = ancestors([graph.output as Node]);
  const isLearnable = (node: Node) => node instanceof Parameter && node.trainable;
  const core = new Set([...all].filter((node) => [...ancestors([node])].some(isLearnable)));
  const inputs = new Set([...core].flatMap((node) => [...node.parents]).filter((parent) => !core.has(parent)));
  return { core, inputs };
}

export const byId = (nodes: Iterable<Node>): number[] => [...nodes].map((one) => one.id).sort((a, b) => a - b);
