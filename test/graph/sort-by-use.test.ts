import { node, parameter, t, trace } from "tracegrad";
import { expect, test } from "vitest";
import { numberNodes } from "../../src/graph/numbered.ts";
import { sortByUse } from "../../src/graph/sort-by-use.ts";
import { minimalSubgraphOf } from "../../src/graph/subgraph.ts";

const p = parameter("x", { name: "p" });

test("a call stands right before what needs it, the call of a loop in the order of its turns", () => {
  const graph = trace(() => {
    let said = t`begin ${p}`;
    const last = node("the last part", { name: "last" });
    const end = t`end with ${last} ${p}`;
    for (let turn = 0; turn < 3; turn++) said = t`${said}, turn ${turn}`;
    return t`${end} after ${said}`;
  });
  const numbered = numberNodes(minimalSubgraphOf(graph));
  const { nodes, from, parents } = numbered;
  const list = Uint32Array.from(nodes.keys());
  const [order = list] = sortByUse(numbered, { lists: [list], groupOf: new Int32Array(nodes.length) });
  const names = Array.from(order, (number) => String(graph.valueOf(nodes[number] as never)));
  const [first, end] = [names.indexOf("begin x"), names.indexOf("end with the last part x")];
  expect(first).toBeLessThan(end);
  expect(end).toBeGreaterThan(names.indexOf("begin x, turn 0, turn 1"));
  for (const [at, number] of order.entries()) {
    for (const parent of parents.subarray(from[number], from[number + 1])) {
      expect(order.indexOf(parent)).toBeLessThan(at);
    }
  }
});
