import { node, parameter, t, trace } from "tracegrad";
import { expect, test } from "vitest";
import { sortByUse } from "../../src/graph/sort-by-use.ts";

const p = parameter("x", { name: "p" });

test("a call stands right before what needs it, the call of a loop in the order of its turns", () => {
  const graph = trace(() => {
    let said = t`begin ${p}`;
    const last = node("the last part", { name: "last" });
    const end = t`end with ${last} ${p}`;
    for (let turn = 0; turn < 3; turn++) said = t`${said}, turn ${turn}`;
    return t`${end} after ${said}`;
  });
  const names = sortByUse(graph, graph.nodes).map((one) => String(graph.valueOf(one)));
  const [first, end] = [names.indexOf("begin x"), names.indexOf("end with the last part x")];
  expect(first).toBeLessThan(end);
  expect(end).toBeGreaterThan(names.indexOf("begin x, turn 0, turn 1"));
  for (const one of graph.nodes) {
    const at = sortByUse(graph, graph.nodes).indexOf(one);
    for (const parent of graph.parentsOf(one)) expect(sortByUse(graph, graph.nodes).indexOf(parent)).toBeLessThan(at);
  }
});
