/** What the trials of a study share: the same tables for fewer evaluations, and never a score of another program. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Budget,
  batch,
  parameter,
  type StudyEvent,
  type StudyOptions,
  type StudyResult,
  study,
  type TrialContext,
} from "tracegrad";
import { split } from "tracegrad/data";
import { optoPrime } from "tracegrad/optimizers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { skilful } from "../../optimizers/readers.ts";

const rows = Array.from({ length: 16 }, (_, at) => ({ id: `e${at}`, input: at, target: at + 30 + ((at * 7) % 5) - 2 }));

interface Choices {
  readonly size?: number;
  readonly from?: number;
  /** Another program with the same parameter. */
  readonly plus?: number;
  /** Another text on rollouts, for the same program. */
  readonly note?: number;
}

/** A study of a number to find, that counts how often its guide was really asked; `noise` is added to each score. */
function finder({ budget = { steps: 3 }, noise = () => 0 }: { budget?: Budget; noise?: () => number } = {}) {
  let judged = 0;
  const loop = ({ size = 1, from = 0, plus = 0, note = 0 }: Choices, { seed }: TrialContext) => {
    const bias = parameter(from, { name: "bias" });
    return {
      agent: (input: number) => bias.map((value) => value + input + plus),
      optimizer: optoPrime(bias, { llm: skilful(1) }),
      guide: (_input: number, output: number, target: number) => {
        judged += 1;
        const error = target - output;
        const text = error === 0 ? "Right." : `bias is too ${error > 0 ? "low" : "high"} by ${Math.abs(error)}.`;
        return { score: 1 / (1 + Math.abs(error)) + noise(), text };
      },
      data: split(rows, { train: 6, validation: 4 }),
      template: batch(size),
      feedback: ({ step, feedback: text }: { readonly step: number; readonly feedback: string }) =>
        note === 0 ? text : `Step ${step}. ${text}`,
      budget,
      seed,
    };
  };
  return { loop, judged: () => judged };
}

/** The table without what the clock and the place decide. */
function table({ rows: found }: StudyResult): unknown {
  return found.map(({ cell, choice, baseline, best, gain, validation }) => ({
    cell,
    choice,
    start: baseline,
    best,
    gain,
    validation,
  }));
}

async function run(
  grid: Readonly<Record<keyof Choices, readonly number[]>> | object,
  options: StudyOptions,
  made = finder(),
) {
  const result = await study(made.loop as never, grid as never, { trials: 3, ...options }).result;
  expect(result.complete).toBe(true);
  return { table: table(result), spent: result.spent, judged: made.judged(), result };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracegrad-sharing-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the trials of a cell", () => {
  it.each([1, 4])(
    "share what they judge, at %i at once: the same table for fewer evaluations, all of them counted",
    async (concurrency) => {
      const grid = { size: [1, 2] };
      const alone = await run(grid, { shareEvaluations: false, concurrency });
      const shared = await run(grid, { concurrency });
      expect(shared.table).toEqual(alone.table);
      expect(alone.spent.evaluations).toBe(alone.judged);
      expect(shared.spent.evaluations).toBe(shared.judged);
      // The start alone is judged on 4 + 6 examples by the 2nd and 3rd trial of both cells otherwise.
      expect(shared.judged).toBeLessThanOrEqual(alone.judged - 2 * 2 * 10);
    },
  );

  it("share nothing with a program that only looks the same: another cell, by default", async () => {
    const grid = { plus: [0, 5] };
    const alone = await run(grid, { shareEvaluations: false });
    const shared = await run(grid, {});
    expect(shared.table).toEqual(alone.table);
    expect(shared.result.rows[0]?.baseline?.mean).not.toBe(shared.result.rows[1]?.baseline?.mean);
  });

  it("share with cells that differ in named axes only", async () => {
    const grid = { size: [1, 2, 3], plus: [0, 5] };
    const alone = await run(grid, { shareEvaluations: false });
    const inCells = await run(grid, {});
    const across = await run(grid, { shareEvaluations: ["size"] });
    expect(across.table).toEqual(alone.table);
    expect(across.spent.evaluations).toBe(across.judged);
    // Two of three sizes take over the start's scores on 4 + 6 examples, for both programs.
    expect(across.judged).toBeLessThanOrEqual(inCells.judged - 2 * 2 * 10);
  });

  it("share with cells that differ in the feedback on rollouts only, which decides no evaluation", async () => {
    const settings = { trials: 1, shareEvaluations: ["note"] };
    const { judged, spent } = await run({ note: [0, 1] }, { ...settings, folder: join(folder, "both") });
    const one = await run({ note: [0] }, { ...settings, folder: join(folder, "one") });
    expect(spent.evaluations).toBe(judged);
    // The start's scores on 4 + 6 examples, at least.
    expect(judged).toBeLessThanOrEqual(2 * one.judged - 10);
  });

  it("share nothing when their own budget would reach further for it", async () => {
    const budget = { steps: 30, llmCalls: 4 };
    const alone = await run({ size: [1] }, { shareEvaluations: false }, finder({ budget }));
    const shared = await run({ size: [1] }, {}, finder({ budget }));
    expect(shared.table).toEqual(alone.table);
    expect(shared.judged).toBe(alone.judged);
  });

  it("see one measurement of the start when scores vary; apart, each makes its own", async () => {
    const noise = () => {
      let at = 0;
      return () => ((at++ * 7919) % 101) / 1000;
    };
    const shared = await run({}, {}, finder({ noise: noise() }));
    const alone = await run({}, { shareEvaluations: false }, finder({ noise: noise() }));
    expect(new Set(shared.result.rows[0]?.baseline?.values).size).toBe(1);
    expect(new Set(alone.result.rows[0]?.baseline?.values).size).toBe(3);
  });
});

describe("a study that is taken up again", () => {
  it("goes on with what was shared: the same table, the same accounts, and no evaluation made twice", async () => {
    const grid = { size: [1, 2] };
    const whole = await run(grid, { folder: join(folder, "whole") });
    const parts = finder();
    const kept = join(folder, "parts");
    let halves = 0;
    for (const after of [2, 5, 9, 14]) {
      const stop = new AbortController();
      let seen = 0;
      const onEvent = (event: StudyEvent): void => {
        if (event.type === "trial-event" && event.event.type === "evaluation" && ++seen === after) stop.abort();
      };
      const options = { trials: 3, folder: kept, signal: stop.signal, onEvent };
      const cut = await study(parts.loop as never, grid as never, options).result;
      expect(cut.complete).toBe(false);
      halves += cut.rows.flatMap(({ trials }) => trials).filter(({ status }) => status === "unfinished").length;
    }
    expect(halves).toBeGreaterThanOrEqual(2);
    const rest = await run(grid, { folder: kept }, parts);
    expect(rest.table).toEqual(whole.table);
    expect({ ...rest.spent, seconds: 0 }).toEqual({ ...whole.spent, seconds: 0 });
    // Only the training runs of a round that was cut short are made again, one or two of them.
    expect(rest.judged - rest.spent.evaluations).toBeLessThanOrEqual(2 * halves);
  });

  it("with more trials takes over what the first ones have judged", async () => {
    const first = await run({ size: [1] }, { folder, trials: 1 });
    const made = finder();
    const more = await run({ size: [1] }, { folder, trials: 2 }, made);
    const alone = await run({ size: [1] }, { trials: 2, shareEvaluations: false });
    expect(more.table).toEqual(alone.table);
    expect(first.judged + made.judged()).toBe(more.spent.evaluations);
    expect(more.spent.evaluations).toBeLessThanOrEqual(alone.spent.evaluations - 10);
  });
});

it("axes that the grid has not are refused at once", () => {
  const { loop } = finder();
  const given = (shareEvaluations: unknown) => () =>
    study(loop as never, { size: [1] } as never, { shareEvaluations } as StudyOptions);
  expect(given(["sice"])).toThrow(/axes \(size\); got .*sice/);
  expect(given("size")).toThrow(/shareEvaluations/);
});
