import { batchify, bundle, type Graph, type LearningGraph, node, parameter, trace } from "tracegrad";
import * as operators from "tracegrad/operators";
import { checkGraph } from "tracegrad/testing";
import { describe, expect, it } from "vitest";

const p = parameter(1, { name: "p" });
const run = (x: number) => trace(() => operators.add(p, node(x, { name: "x" })));

describe("batchify", () => {
  it("lists the outputs of its members, and copies nothing", () => {
    const members = [run(1), run(2)];
    const batch = batchify(members);
    expect(batch.value).toEqual([2, 3]);
    expect(batch.members).toEqual(members);
    for (const member of members) for (const one of member.nodes) expect(batch.nodes).toContain(one);
    expect(batch.nodes).toHaveLength(1 + 2 * 2 + 1);
    expect(batch.show()).toMatchInlineSnapshot(`
      "p = 1 // parameter
      x = 1 // input
      add = add(x=p, y=x) // 2
      x_1 = 2 // input
      add_1 = add(x=p, y=x_1) // 3
      batchify = batchify(item_0=add, item_1=add_1) // [2, 3]"
    `);
  });

  it("takes failed members: they have no value, and their errors are in the graph", () => {
    const parse = bundle(
      function parse(text: string, _p: number) {
        return JSON.parse(text) as number;
      },
      { name: "parse" },
    );
    const batch = batchify([trace(() => parse("7", p)), trace(() => parse("{", p))]);
    expect(batch.value).toEqual([7, undefined]);
    expect(batch.error).toBeUndefined();
    expect(batch.show()).toMatch(/parse_error.*threw "SyntaxError/);
    expect(batch.backward(["Right.", "It failed."]).signals.size).toBe(1);
  });

  it("nests, and takes a graph twice and a parameter as a member's output", () => {
    const twice = run(1);
    const inner = batchify([twice, twice]);
    const batch = batchify([inner, batchify([trace(() => p)])] as Graph[]) as LearningGraph;
    expect(batch.value).toEqual([[2, 2], [1]]);
    expect(batch.parameters).toEqual([p]);
    checkGraph(batch as Graph);
  });

  it("reads an iterable once, and refuses an empty one", () => {
    const generate = function* () {
      yield run(1);
      yield run(2);
    };
    expect(batchify(generate()).value).toEqual([2, 3]);
    expect(() => batchify([])).toThrow("at least one graph");
  });
});
