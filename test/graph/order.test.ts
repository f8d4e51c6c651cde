import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkGraph } from "../../src/graph/invariants.ts";
import { collect } from "../../src/graph/order.ts";
import { graphOf } from "../../src/graph/trace.ts";
import { lift, type Node, node } from "../../src/nodes/node.ts";
import { input } from "../../src/nodes/operation.ts";
import { ancestors, byId, call, programs, run } from "./programs.ts";

const ids = (nodes: Iterable<Node>) => [...nodes].map((one) => one.id);

describe("collect", () => {
  it("gives exactly the ancestors of the root, parents first, for any program", () => {
    fc.assert(
      fc.property(programs, (program) => {
        const root = run(program).at(-1) as Node;
        const { nodes, cut } = collect([{ root, since: 0 }]);
        expect(ids(nodes)).toEqual(byId(ancestors([root])));
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
        const { nodes, cut } = collect([{ root, since }]);
        const isOld = (one: Node) => one.id < since;
        expect(ids(nodes)).toEqual(byId(ancestors([root], isOld)));
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
        const { nodes, cut } = collect(parts);
        const each = parts.map((part) => ancestors([part.root], (at) => at.id < part.since));
        const opened = (at: Node) => parts.some((part, index) => each[index]?.has(at) && at.id >= part.since);
        const expected = new Set(each.flatMap((some) => [...some]));
        expect(ids(nodes)).toEqual(byId(expected));
        expect(byId(cut)).toEqual(byId([...expected].filter((at) => at.parents.length > 0 && !opened(at))));
      }),
    );
  });

  it("walks a chain of 100,000 calls and a call of 100,000 inputs without running out of stack", () => {
    let chain = call(node(1));
    for (let length = 1; length < 100_000; length++) chain = call(chain);
    expect(collect([{ root: chain as Node, since: 0 }]).nodes).toHaveLength(100_001);
    const many = Array.from({ length: 100_000 }, () => node(1));
    expect(collect([{ root: lift(many, input("all")), since: 0 }]).nodes).toHaveLength(100_001);
  });

  it("visits each node of stacked diamonds once, though the paths are 2^200", () => {
    let top: Node<number> = node(1, { name: "x" });
    for (let level = 0; level < 200; level++) top = call(call(top), call(top));
    expect(collect([{ root: top as Node, since: 0 }]).nodes).toHaveLength(601);
  });

  it("sorts graphs whose ids lie far apart", () => {
    const old = node(1);
    for (let gap = 0; gap < 5_000; gap++) node(gap);
    const root = call(call(old), old);
    expect(ids(collect([{ root: root as Node, since: 0 }]).nodes)).toEqual([
      old.id,
      (root.parents[0] as Node).id,
      root.id,
    ]);
  });
});
