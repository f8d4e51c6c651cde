import fc from "fast-check";
import { bundle, graphOf, type Parameter, parameter, trace } from "tracegrad";
import { makeList } from "tracegrad/operators";
import { scripted } from "tracegrad/testing";
import { describe, expect, it } from "vitest";
import type { Graph } from "../../../src/graph/graph.ts";
import type { Node } from "../../../src/nodes/node.ts";
import { carryBack } from "../../../src/optimizers/textgrad/backward.ts";
import { passedLines } from "../../../src/optimizers/textgrad/feedback.ts";
import { propagatorSettings } from "../../../src/optimizers/textgrad/options.ts";
import { byEdge } from "../../../src/optimizers/textgrad/questions.ts";
import { call, naiveSubgraph, programs, run } from "../../graph/programs.ts";

const settings = propagatorSettings("textGradient", { llm: scripted(() => "x") });
const carried = (graph: Graph) => carryBack(graph, { text: "Wrong." }, { method: byEdge, settings });

/** The calls between `use` and the output, both among them. */
function callsFrom(use: Node, core: ReadonlySet<Node>): ReadonlySet<Node> {
  const found = new Set([use]);
  for (const node of core) if (node.parents.some((parent) => found.has(parent))) found.add(node);
  return found;
}

describe("the calls that feedback passed", () => {
  it("are all that are on any way to the output: named or, of many, counted", async () => {
    await fc.assert(
      fc.asyncProperty(programs, async (lines) => {
        const graph = graphOf(run(lines).at(-1) as never) as Graph;
        const found = naiveSubgraph(graph).core;
        const core = new Set(graph.nodes.filter((node) => found.has(node)));
        fc.pre(core.size > 0);
        const { received } = await carried(graph);
        for (const [parameter, { parts }] of received) {
          const uses = [...core].filter((node) => node.parents.includes(parameter));
          expect(parts.map(({ use }) => use?.node)).toEqual(uses);
          for (const { use, passed } of parts) {
            const expected = callsFrom(use?.node as Node, core);
            const named = passed.calls.map(({ node }) => node);
            for (const node of named) expect(expected).toContain(node);
            expect(new Set(named).size).toBe(named.length);
            expect(passed.count).toBeLessThanOrEqual(expected.size);
            if (passed.isExact) expect(passed.count).toBe(expected.size);
            if (expected.size <= 8) expect(new Set(named)).toEqual(expected);
            else expect(named).toHaveLength(8);
            expect(passed.ends.map(({ node }) => node)).toEqual([graph.output]);
          }
        }
      }),
    );
  });

  it("of a diamond are those of both ways, each once", async () => {
    const p = parameter(1, { name: "p" });
    const [first, left, right, meet] = ["first", "left", "right", "meet"].map((name) =>
      bundle((...values: number[]) => values.length, { name }),
    ) as [typeof call, typeof call, typeof call, typeof call];
    const graph = trace(() => {
      const value = first(p);
      return meet(left(value), right(value));
    });
    const { credit } = await carried(graph);
    expect(credit.signals.get(p as unknown as Parameter)?.feedback.text).toBe(
      [
        "first = first(values_0=p) // 1",
        "left = left(values_0=first) // 1",
        "right = right(values_0=first) // 1",
        "meet = meet(values_0=left, values_1=right) // 2",
        "On meet: Wrong.",
      ].join("\n"),
    );
  });

  it("end at each value of a list that the feedback is on", async () => {
    const p = parameter(1, { name: "p" });
    const first = bundle((value: number) => value, { name: "first" });
    const last = ["a", "b", "c", "d"].map((name) => bundle((value: number) => value, { name }));
    const ends = async (count: number) => {
      const graph = trace(() => {
        const value = first(p);
        return makeList(...last.slice(0, count).map((call) => call(value)));
      });
      const text = (await carried(graph)).credit.signals.get(p as unknown as Parameter)?.feedback.text ?? "";
      return /^On (.*): Wrong\.$/m.exec(text)?.[1];
    };
    expect([await ends(1), await ends(2), await ends(3), await ends(4)]).toEqual([
      ...["a", "a and b", "a, b and c", "a, b, c and others"],
    ]);
  });

  it("are counted at least, where ways with calls left out meet", async () => {
    const p = parameter(1, { name: "p" });
    const graph = graphOf(
      (() => {
        const way = (length: number, from: Node<number>) =>
          Array.from({ length }).reduce((value: Node<number>) => call(value), from);
        const begin = call(p);
        return call(way(20, begin), way(30, begin));
      })() as never,
    ) as Graph;
    const part = (await carried(graph)).received.get(p as unknown as Parameter)?.parts[0];
    expect(part?.passed).toMatchObject({ count: 32, isExact: false });
    expect(passedLines(graph, part?.passed as never)[4]).toBe("(at least 24 more calls)");
  });
});
