/** A run may be given more than it was begun with: it goes on where its limits ended it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Node, parameter, type TrainOptions, type TrainResult, train } from "tracegrad";
import { split } from "tracegrad/data";
import { add } from "tracegrad/operators";
import { optoPrime } from "tracegrad/optimizers";
import { beamSearch, evolution, gepa, type Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { afterEach, describe, expect, test } from "vitest";
import { hashOf } from "../../../src/util/json.ts";
import { halving } from "../halving.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function place(): string {
  const made = mkdtempSync(join(tmpdir(), "tracegrad-limits-"));
  folders.push(made);
  return join(made, "run");
}

type Options = TrainOptions<number, number, number>;

/** A search among offsets, of which each request of the optimizer leads to another one. */
function searching(search: Search): Partial<Options> {
  const offset = parameter(0, { name: "offset" });
  const llm = scripted((request) => {
    const drawn = Number.parseInt(hashOf(request).slice(0, 4), 16) / 4096;
    return JSON.stringify({ reasoning: "Any.", suggestion: { offset: drawn } });
  });
  return {
    agent: (input: number): Node<number> => add(input, offset),
    optimizer: optoPrime(offset, { llm }),
    data: split(
      Array.from({ length: 16 }, (_, input) => ({ input, target: input + 8 })),
      { train: 6, validation: 5 },
    ),
    ...{ search, acceptance: "best", test: true },
  };
}

const run = (changes: Partial<Options>): Promise<TrainResult> => train(halving(changes)).result;

/**
 * Everything that a run led to, but for its times, and for how much of alpha its last look had: a raised run looks
 * again.
 */
function told({ spent, verdict, ...result }: TrainResult): unknown {
  const { comparison } = verdict?.validation ?? {};
  return JSON.parse(JSON.stringify({ ...result, comparison, spent: { ...spent, seconds: 0 } }));
}

describe("a run that ended at its steps and is given more", () => {
  test("ends as one that had them from the start, when every step is evaluated", async () => {
    for (const first of [1, 2, 4]) {
      const folder = place();
      const short = await run({ folder, budget: { steps: first } });
      expect(short).toMatchObject({ reason: "budget", spent: { steps: first } });
      const raised = await run({ folder, budget: { steps: 6 } });
      expect(told(raised)).toEqual(told(await run({ budget: { steps: 6 } })));
    }
  });

  test("ends as one that had them from the start, when not every step is: the evaluation at the first end decides nothing", async () => {
    const folder = place();
    await run({ folder, budget: { steps: 3 }, evaluateEvery: 4 });
    const raised = await run({ folder, budget: { steps: 6 }, evaluateEvery: 4 });
    const whole = await run({ budget: { steps: 6 }, evaluateEvery: 4 });
    expect(raised.candidates.map(({ values }) => values)).toEqual(whole.candidates.map(({ values }) => values));
    const evaluated = ({ candidates }: TrainResult) =>
      candidates.flatMap(({ step, validation }) => (validation ? [step] : []));
    expect(evaluated(whole)).toEqual([0, 4, 6]);
    expect(evaluated(raised)).toEqual([0, 4, 6]);
    expect(raised.best).toEqual(whole.best);
  });

  test("goes on in the same way when it is raised twice, and tests the program that it ends with", async () => {
    const folder = place();
    for (const steps of [2, 3]) await run({ folder, budget: { steps }, test: true });
    const raised = await run({ folder, budget: { steps: 5 }, test: true });
    const whole = await run({ budget: { steps: 5 }, test: true });
    expect(raised.best).toEqual(whole.best);
    expect(raised.test?.best.mean).toBe(whole.test?.best.mean);
  });

  test.each([gepa(), beamSearch(), evolution()] as unknown as Search[])(
    "goes on in the same way however often it is raised, when each end scores the test data: $name",
    async (search) => {
      const folder = place();
      for (const steps of [1, 2, 3, 4]) await run({ folder, budget: { steps }, ...searching(search) });
      const raised = await run({ folder, budget: { steps: 5 }, ...searching(search) });
      const whole = await run({ budget: { steps: 5 }, ...searching(search) });
      expect(raised.candidates.length).toBeGreaterThan(2);
      expect(told(raised)).toEqual(told(whole));
    },
  );

  test("does nothing when it is given less than it has done", async () => {
    const folder = place();
    const before = await run({ folder, budget: { steps: 4 } });
    const { spent, best, reason } = await run({ folder, budget: { steps: 2 } });
    expect({ steps: spent.steps, calls: spent.llmCalls, best, reason }).toEqual({
      ...{ steps: 4, calls: before.spent.llmCalls },
      ...{ best: before.best, reason: "budget" },
    });
  });
});

test("a run that ended at its evaluations or model calls goes on when it is given more", async () => {
  for (const short of [{ evaluations: 8 }, { llmCalls: 2 }]) {
    const folder = place();
    expect((await run({ folder, budget: { steps: 6, ...short } })).reason).toBe("budget");
    const raised = await run({ folder, budget: { steps: 6 } });
    expect(raised.best).toEqual((await run({ budget: { steps: 6 } })).best);
  }
});
