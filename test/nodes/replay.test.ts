import fc from "fast-check";
import { type Node, node, trace, untraced } from "tracegrad";
import * as op from "tracegrad/operators";
import { expect, test } from "vitest";

// Random programs over the operators: each step applies an operation to earlier results. Afterwards the recorded graph
// alone, node by node, is computed again with plain functions.

type Plain = (...args: never[]) => unknown;
type Step = { readonly name: string; readonly picks: readonly [number, number, number] };

interface Known {
  readonly run: (...args: never[]) => Node;
  readonly plain: Plain;
  readonly takes: readonly ("number" | "text" | "list" | "any")[];
}

const known: Record<string, Known> = {
  add: { run: op.add, plain: (x: number, y: number) => x + y, takes: ["number", "number"] },
  subtract: { run: op.subtract, plain: (x: number, y: number) => x - y, takes: ["number", "number"] },
  multiply: { run: op.multiply, plain: (x: number, y: number) => x * y, takes: ["number", "number"] },
  neg: { run: op.neg, plain: (x: number) => -x, takes: ["number"] },
  lt: { run: op.lt, plain: (x: number, y: number) => x < y, takes: ["number", "number"] },
  cond: { run: op.cond, plain: (c: unknown, x: unknown, y: unknown) => (c ? x : y), takes: ["any", "any", "any"] },
  concat: { run: op.concat, plain: (x: string, y: string) => x + y, takes: ["text", "text"] },
  upper: { run: op.upper, plain: (x: string) => x.toUpperCase(), takes: ["text"] },
  slice: {
    run: (x: Node<string>) => op.slice(x, 0, 40),
    plain: (x: string, from: number, to: number) => x.slice(from, to),
    takes: ["text"],
  },
  split: {
    run: (x: Node<string>) => op.splitText(x, ""),
    plain: (x: string, by: string) => x.split(by),
    takes: ["text"],
  },
  size: { run: op.size, plain: (x: string | unknown[]) => x.length, takes: ["list"] },
  list: { run: op.makeList, plain: (...items: unknown[]) => items, takes: ["any", "any"] },
  append: { run: op.append, plain: (list: unknown[], item: unknown) => [...list, item], takes: ["list", "any"] },
  reverse: { run: op.reverse, plain: (list: unknown[]) => [...list].reverse(), takes: ["list"] },
  and: { run: op.and, plain: (x: unknown, y: unknown) => x && y, takes: ["any", "any"] },
  not: { run: op.not, plain: (x: unknown) => !x, takes: ["any"] },
};

const fits = {
  number: (value: unknown) => typeof value === "number",
  text: (value: unknown) => typeof value === "string",
  list: (value: unknown) => Array.isArray(value) && JSON.stringify(value).length < 2_000,
  any: (value: unknown) => (JSON.stringify(value) ?? "").length < 2_000,
};

function build(steps: readonly Step[]): Node[] {
  const made: Node[] = [node(3), node("ab"), node([1, 2]), node(-0.5), node("")];
  for (const { name, picks } of steps) {
    const { run, takes } = known[name] as Known;
    const args = takes.map((kind, index) => {
      const candidates = made.filter((one) => fits[kind](one.data));
      return candidates[(picks[index] as number) % candidates.length];
    });
    made.push(run(...(args as never[])));
  }
  return made;
}

const programs = fc.array(
  fc.record({
    name: fc.constantFrom(...Object.keys(known)),
    picks: fc.tuple(fc.nat(1_000), fc.nat(1_000), fc.nat(1_000)),
  }),
  { maxLength: 60 },
);

test("computing a recorded graph again, operation by operation on plain values, gives every value", () => {
  fc.assert(
    fc.property(programs, (steps) => {
      const graph = trace(() => op.makeList(...build(steps)));
      const values = new Map<Node, unknown>();
      for (const one of graph.nodes) {
        const parents = one.parents.map((parent) => values.get(parent));
        const isInput = one.parents.length === 0 && one.op !== "list";
        values.set(one, isInput ? one.data : (known[one.op] as Known).plain(...(parents as never[])));
        expect(values.get(one)).toEqual(one.data);
        // Each node names its operation and as many inputs as it has parents: nothing else is needed to compute it.
        expect(Object.keys(one.inputs)).toHaveLength(one.parents.length);
      }
    }),
    { numRuns: 200 },
  );
});

test("a program that is not recorded gives the same values, and no parents", () => {
  fc.assert(
    fc.property(programs, (steps) => {
      const [traced, plain] = [build(steps), untraced(() => build(steps))];
      expect(plain.map((one) => one.data)).toEqual(traced.map((one) => one.data));
      expect(plain.every((one) => one.parents.length === 0)).toBe(true);
    }),
    { numRuns: 100 },
  );
});
