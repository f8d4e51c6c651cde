import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { credit } from "../../src/graph/credit.ts";
import { minimalSubgraphOf, type Subgraph } from "../../src/graph/subgraph.ts";
import { graphOf, trace } from "../../src/graph/trace.ts";
import { node } from "../../src/nodes/input-node.ts";
import type { Node } from "../../src/nodes/node.ts";
import { Parameter, parameter } from "../../src/nodes/parameter.ts";
import { problemOf } from "../../src/optimizers/problem.ts";
import { byId, call, naiveSubgraph, programs, run } from "./programs.ts";

const plain = ({ nodes, inputs, parameters }: Subgraph) => ({
  nodes: byId(nodes),
  inputs: byId(inputs),
  parameters: byId(parameters as readonly Node[]),
});

describe("the minimal subgraph", () => {
  it("is what its definition says, for any program", () => {
    fc.assert(
      fc.property(programs, (program) => {
        const graph = graphOf(run(program).at(-1) as Node);
        const { core, inputs } = naiveSubgraph(graph);
        const found = minimalSubgraphOf(graph);
        expect(byId(found.nodes)).toEqual(byId([...core, ...inputs]));
        expect(byId(found.inputs)).toEqual(byId(inputs));
        const learnable = [...core].filter((one) => one instanceof Parameter && one.trainable);
        expect(byId(found.parameters as readonly Node[])).toEqual(byId(learnable));
      }),
    );
  });

  it("does not look behind a cut: a parameter older than the run counts only when the run itself uses it", () => {
    const p = parameter(1, { name: "p" });
    const before = call(p, 1);
    const graph = trace(() => call(before, 2));
    expect(minimalSubgraphOf(graph)).toMatchObject({ nodes: [], parameters: [] });
    const both = trace(() => call(before, p));
    const found = minimalSubgraphOf(both);
    expect(found.parameters).toEqual([p]);
    expect([...found.inputs]).toEqual([before]);
  });

  it("is found in a chain of 100,000 calls, each of which uses the same parameter", () => {
    const p = parameter(1, { name: "p" });
    let last: Node<number> = node(0, { name: "start" });
    for (let length = 0; length < 100_000; length++) last = call(last, p);
    const found = minimalSubgraphOf(graphOf(last));
    expect(found.nodes).toHaveLength(100_002);
    expect(found.parameters).toEqual([p]);
  });

  it("stays right when the passes over overlapping graphs take turns", () => {
    fc.assert(
      fc.property(programs, programs, (one, two) => {
        const p = parameter(1, { name: "p" }) as unknown as Node;
        const first = run(one, [p]);
        const roots = [call(first.at(-1), p), call(run(two, first).at(-1), p)];
        const graphs = roots.map((root) => graphOf(root));
        const alone = graphs.map((graph) => plain(minimalSubgraphOf(graphOf(graph.output))));
        const problems = () => graphs.map((graph) => problemOf(credit(graph, "f"), [p as never]));
        const before = problems();
        for (const [index, graph] of [...graphs.entries(), ...[...graphs.entries()].reverse()]) {
          expect(plain(minimalSubgraphOf(graph))).toEqual(alone[index]);
          expect(problems()).toEqual(before);
        }
      }),
      { numRuns: 30 },
    );
  });
});
