import fc from "fast-check";
import { expect, test } from "vitest";
import { trace } from "../../src/graph/trace.ts";
import { node } from "../../src/nodes/input-node.ts";
import { add } from "../../src/nodes/operators/index.ts";
import { parameter } from "../../src/nodes/parameter.ts";
import { anyGraph } from "./hostile.ts";

test("has a node for each node and an edge for each input, under deterministic keys", async () => {
  const property = fc.asyncProperty(anyGraph, async (graph) => {
    const made = await graph.toGraphology();
    expect(made.nodes()).toEqual(graph.nodes.map((one) => graph.nameOf(one)));
    const edges = made.mapEdges((key, { input }, source, target) => ({ key, input, source, target }));
    const wanted = graph.nodes.flatMap((one) =>
      graph.parentsOf(one).map((parent, index) => ({
        key: `${graph.nameOf(one)}:${index}`,
        source: graph.nameOf(parent),
        target: graph.nameOf(one),
      })),
    );
    expect(edges).toEqual(wanted.map((edge) => expect.objectContaining(edge)));
  });
  await fc.assert(property, { numRuns: 100 });
});

test("knows of each node what it is, and its value by reference", async () => {
  const data = { a: 1 };
  const graph = trace(() => [
    node(data, { name: "data", doc: "What came in." }),
    parameter(1, { name: "learned" }),
    parameter(2, { name: "fixed", trainable: false }),
  ]);
  const made = await graph.toGraphology();
  expect(made.getNodeAttributes("data")).toEqual({
    name: "data",
    op: "data",
    kind: "input",
    value: data,
    doc: "What came in.",
    trainable: false,
  });
  expect(made.getNodeAttribute("data", "value")).toBe(data);
  expect(made.filterNodes((_, { trainable }) => trainable)).toEqual(["learned"]);
  expect(made.getNodeAttribute("fixed", "kind")).toBe("parameter");
});

test("keeps both edges of a node that is an input twice", async () => {
  const one = node(1, { name: "one" });
  const made = await trace(() => add(one, one)).toGraphology();
  expect(made.mapEdges((key, { input }, source) => [key, input, source])).toEqual([
    ["add:0", "x", "one"],
    ["add:1", "y", "one"],
  ]);
});

test("leaves out what a graph does not hold", async () => {
  const before = add(1, 2);
  const made = await trace(() => add(before, 3)).toGraphology();
  expect(made.inDegree("add")).toBe(0);
  expect(made.inDegree("add_1")).toBe(2);
});
