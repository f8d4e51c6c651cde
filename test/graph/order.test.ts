import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkGraph } from "../../src/graph/invariants.ts";
import { collect } from "../../src/graph/order.ts";
import { graphOf, trace } from "../../src/graph/trace.ts";
import { bundleWith } from "../../src/nodes/bundle.ts";
import { node } from "../../src/nodes/input-node.ts";
import { lift, type Node } from "../../src/nodes/node.ts";
import { input } from "../../src/nodes/operation.ts";
import { ancestors, byId, call, programs, run } from "./programs.ts";

const bundle = bundleWith();

describe("collect", () => {
  it("gives exactly the ancestors of the root, parents first, for any program", () => {
    fc.assert(
      fc.property(programs, (program) => {
        const root = run(program).at(-1) as Node;
        const { nodes, cut } = collect(root, [{ root, since: 0 }]);
        expect(byId(nodes)).toEqual(byId(ancestors([root])));
        expect(cut.size).toBe(0);
        checkGraph(graphOf(root));
      }),
    );
  });

  it("keeps nodes older than the part as inputs, and leaves out what made them", () => {
    fc.assert(
      fc.property(programs, fc.nat(30), (program, at) => {
        const made = run(program);
        const root = made.at(-1) as Node;
        const since = (made[at % made.length] as Node).id;
        const { nodes, cut } = collect(root, [{ root, since }]);
        const isOld = (one: Node) => one.id < since;
        expect(byId(nodes)).toEqual(byId(ancestors([root], isOld)));
        expect(byId(cut)).toEqual(byId(nodes.filter((one) => isOld(one) && one.parents.length > 0)));
      }),
    );
  });

  it("does not cut in one part what another part reaches, whatever the order of the parts", () => {
    fc.assert(
      fc.property(programs, programs, fc.nat(60), fc.nat(60), fc.boolean(), (one, two, a, b, swap) => {
        const first = run(one);
        const made = run(two, first);
        const roots = [first.at(-1) as Node, made.at(-1) as Node];
        const since = [a, b].map((at) => (made[at % made.length] as Node).id);
        const parts = roots.map((root, index) => ({ root, since: since[index] as number }));
        if (swap) parts.reverse();
        const output = call(roots[0] as Node<number>, roots[1] as Node<number>) as Node;
        const { nodes, cut } = collect(output, [...parts, { root: output, since: output.id }]);
        const each = parts.map((part) => ancestors([part.root], (at) => at.id < part.since));
        const opened = (at: Node) => parts.some((part, index) => each[index]?.has(at) && at.id >= part.since);
        const expected = new Set(each.flatMap((some) => [...some]));
        expected.add(output);
        expect(byId(nodes)).toEqual(byId(expected));
        expect(byId(cut)).toEqual(
          byId([...expected].filter((at) => at !== output && at.parents.length > 0 && !opened(at))),
        );
      }),
    );
  });

  it("walks a chain of 100,000 calls and a call of 100,000 inputs without running out of stack", () => {
    let chain = call(node(1));
    for (let length = 1; length < 100_000; length++) chain = call(chain);
    expect(collect(chain as Node, [{ root: chain as Node, since: 0 }]).nodes).toHaveLength(100_001);
    const many = Array.from({ length: 100_000 }, () => node(1));
    const all = lift(many, input("all"));
    expect(collect(all, [{ root: all, since: 0 }]).nodes).toHaveLength(100_001);
  });

  it("visits each node of stacked diamonds once, though the paths are 2^200", () => {
    let top: Node<number> = node(1, { name: "x" });
    for (let level = 0; level < 200; level++) top = call(call(top), call(top));
    expect(collect(top as Node, [{ root: top as Node, since: 0 }]).nodes).toHaveLength(601);
  });

  it("gives each node as soon as its parents are there, in the order of the inputs and not of time", async () => {
    const late = bundle(async function late(x: number, ms: number): Promise<number> {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return x;
    });
    const run = (delays: readonly number[]) =>
      trace(async () => Promise.all(delays.map((ms, index) => late(index, node(ms, { name: "ms" })))));
    const order = async (delays: readonly number[]) => (await run(delays)).show().replace(/ms(_\d)? = \d+/g, "ms");
    expect(await order([20, 1, 10])).toBe(await order([1, 20, 5]));
  });
});
