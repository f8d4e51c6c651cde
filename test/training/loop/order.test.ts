/** Which training examples a batch takes: each at most once, and each as often as the others. */

import fc from "fast-check";
import { batch, parameter, t, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { examplesAt, type Order } from "../../../src/training/loop/order.ts";

const examplesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: String(index), input: index, target: index }));

const world = fc.record({
  length: fc.integer({ min: 1, max: 9 }),
  count: fc.integer({ min: 1, max: 12 }),
  seed: fc.nat(50),
  order: fc.constantFrom<Order["order"]>("shuffled", "given"),
});

/** The ids of the first batches, one after the other. */
function batchesOf({ length, count, seed, order }: { length: number; count: number } & Order, batches: number) {
  const examples = examplesOf(length);
  let from = 0;
  return Array.from({ length: batches }, () => {
    const taken = examplesAt(examples, { order, seed }, { from, count });
    from += taken.length;
    return taken.map(({ id }) => id);
  });
}

describe("the examples of batches", () => {
  test("are as many as are wanted or there are, each once a batch", () => {
    fc.assert(
      fc.property(world, (given) => {
        for (const ids of batchesOf(given, 20)) {
          expect(ids).toHaveLength(Math.min(given.count, given.length));
          expect(new Set(ids).size).toBe(ids.length);
        }
      }),
    );
  });

  test("are, over whole epochs, all examples equally often", () => {
    fc.assert(
      fc.property(world, (given) => {
        const ids = batchesOf(given, 30).flat();
        for (let end = given.length; end <= ids.length; end += given.length) {
          expect(new Set(ids.slice(end - given.length, end)).size).toBe(given.length);
        }
      }),
    );
  });

  test("depend on the position alone, not on what was asked before", () => {
    fc.assert(
      fc.property(world, fc.nat(15), (given, at) => {
        const { count, order, seed } = given;
        const from = batchesOf(given, at).flat().length;
        const alone = examplesAt(examplesOf(given.length), { order, seed }, { from, count }).map(({ id }) => id);
        expect(alone).toEqual(batchesOf(given, at + 1)[at]);
      }),
    );
  });
});

test("a batch larger than the data runs each example once a step, and the run says so", async () => {
  const prompt = parameter("v", { name: "prompt" });
  const llm = scripted(() => ({ toolInput: { reasoning: "", suggestion: {} } }));
  const runs: Record<string, number> = {};
  const { warnings, reason } = await train({
    agent: (question: string) => {
      runs[question] = (runs[question] ?? 0) + 1;
      return t`${prompt} ${question}`;
    },
    optimizer: optoPrime(prompt, { llm }),
    template: batch(50),
    guide: code(() => 0.5),
    budget: { steps: 2, evaluations: 4 },
    data: split(
      ["a", "b"].map((input) => ({ input, target: "x" })),
      { train: 2, validation: 0 },
    ),
  }).result;
  expect([runs, reason]).toEqual([{ a: 2, b: 2 }, "budget"]);
  expect(warnings).toContainEqual(expect.stringMatching(/wants 50 examples a step but there are 2/));
});
