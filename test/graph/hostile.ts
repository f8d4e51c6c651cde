/** Random programs of operators over hostile values, for the tests of the views. */

import fc from "fast-check";
import type { Graph } from "../../src/graph/graph.ts";
import { trace } from "../../src/graph/trace.ts";
import { bundleWith } from "../../src/nodes/bundle.ts";
import { node } from "../../src/nodes/input-node.ts";
import type { Node } from "../../src/nodes/node.ts";
import { add, cond, divide, eq, identity, makeList, makeRecord } from "../../src/nodes/operators/index.ts";
import { parameter } from "../../src/nodes/parameter.ts";
import { batchify } from "../../src/templates/batchify.ts";
import { chain } from "../../src/templates/chain.ts";

/** Texts that end strings, look like HTML or DOT, or have no place in a file. */
export const hostileTexts: readonly string[] = [
  'a "quoted" one',
  "back\\slash \\N \\G \\",
  "two\nlines\r\nand\rmore\u2028and\u2029more",
  "<script>alert(1)</script>",
  "<<b>bold</b>>",
  "NUL \0 bell \u0007 del \u007f c1 \u009b",
  "emoji 👩‍🚀",
  "lone \ud800 surrogate \udfff",
  '"]; evil [label="',
  "&lt; &amp; &#65;",
  "// # /* comment",
  "__proto__",
  "",
  "\ufffe\uffff",
];

const hostileText: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: "binary" }));

/** Values that `encode` brings back as they were. */
const heldValue: fc.Arbitrary<unknown> = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
});

const bundle = bundleWith();
const pick = bundle((first: unknown, ...others: unknown[]) => others.at(-1) ?? first, {
  name: "pick",
  doc: "The last.",
});
const crash = bundle(
  (value: unknown) => {
    throw new TypeError(`cannot take ${typeof value} "]; evil [label="`);
  },
  { name: "crash" },
);

interface Step {
  readonly operator: number;
  readonly from: readonly [number, number, number];
  readonly text: string;
}

const step: fc.Arbitrary<Step> = fc.record({
  operator: fc.nat(9),
  from: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
  text: hostileText,
});

function applied({ operator, text }: Step, [a, b, c]: readonly [Node, Node, Node]): Node {
  const made: readonly (() => Node)[] = [
    () => add(a as Node<number>, b as Node<number>),
    () => divide(a as Node<number>, b as Node<number>),
    () => cond(a, b, c),
    () => makeList(a, b, a, c),
    () => makeRecord({ [text]: a, b, same: a }),
    () => eq(a, a),
    () => identity(b),
    () => a.map((value) => value, text),
    () => pick(a, b, a, c),
    () => node(text, { name: text, doc: text }),
  ];
  return (made[operator] as () => Node)();
}

/** One run of a random program; about one in seven fails. */
const workflow: fc.Arbitrary<Graph> = fc
  .record({
    values: fc.array(fc.tuple(hostileText, heldValue), { minLength: 1, maxLength: 4 }),
    prompts: fc.array(fc.tuple(hostileText, hostileText, fc.boolean()), { maxLength: 3 }),
    steps: fc.array(step, { maxLength: 12 }),
    fails: fc.integer({ min: 0, max: 6 }),
  })
  .map(({ values, prompts, steps, fails }) =>
    trace(() => {
      const nodes: Node[] = values.map(([name, value]) => node(value, { name }));
      for (const [name, value, trainable] of prompts) {
        nodes.push(parameter(value, { name, trainable, ...(trainable ? {} : { constraint: value }) }) as Node);
      }
      const at = (index: number) => nodes[index % nodes.length] as Node;
      for (const one of steps) {
        nodes.push(applied(one, [at(one.from[0]), at(one.from[1]), at(one.from[2])]));
      }
      const last = makeList(...nodes.slice(-3)) as Node;
      return fails === 0 ? crash(last) : last;
    }),
  ) as fc.Arbitrary<Graph>;

/** Runs, batches of them, and episodes with and without a horizon. */
export const anyGraph: fc.Arbitrary<Graph> = fc.oneof(
  workflow,
  fc.array(workflow, { minLength: 1, maxLength: 3 }).map((graphs) => batchify(graphs)),
  fc
    .tuple(fc.array(workflow, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 4 }))
    .map(([graphs, horizon]) => chain(graphs, { horizon })),
);
