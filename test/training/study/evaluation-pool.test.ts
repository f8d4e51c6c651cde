import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EvaluationKey } from "../../../src/training/evaluation/evaluation-cache.ts";
import { EvaluationPool } from "../../../src/training/study/evaluation-pool.ts";
import type { Outcome } from "../../../src/training/types.ts";

const evaluation: EvaluationKey = {
  id: "0123456789ab",
  split: "validation",
  example: { id: "e1", input: { x: 1 }, target: 2 },
  repeat: 0,
};

/** Gives outcomes with the scores 1, 2, 3, …, so that one tells which of them it is. */
function scores() {
  let made = 0;
  const make = async (): Promise<Outcome> => {
    made += 1;
    const score = made;
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { exampleId: "e1", score, feedback: "", failure: undefined };
  };
  return { make, made: () => made };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracegrad-pool-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("shared evaluations", () => {
  it("are made once, also when several runs ask at once, and told to be the maker's own", async () => {
    const pool = await EvaluationPool.open(undefined);
    const { make, made } = scores();
    const runs = ["a", "b", "c"].map((run) => pool.for({ run, scope: "cell" }));
    expect(runs[2]?.has(evaluation)).toBe(false);
    const got = await Promise.all(runs.map((cache) => cache.outcome(evaluation, make)));
    expect(got.map(({ outcome, own }) => [outcome.score, own])).toEqual([
      [1, true],
      [1, false],
      [1, false],
    ]);
    expect(runs[2]?.has(evaluation)).toBe(true);
    expect((await runs[0]?.outcome(evaluation, make))?.own).toBe(true);
    expect(made()).toBe(1);
  });

  it.each<[string, Partial<EvaluationKey>]>([
    ["another program", { id: "ba9876543210" }],
    ["another part of the data", { split: "test" }],
    ["another id", { example: { ...evaluation.example, id: "e2" } }],
    ["another input under the same id", { example: { ...evaluation.example, input: { x: 1.5 } } }],
    ["another target", { example: { ...evaluation.example, target: undefined } }],
    ["another repeat", { repeat: 1 }],
  ])("are others for %s", async (_, other) => {
    const pool = await EvaluationPool.open(undefined);
    const { make, made } = scores();
    const cache = pool.for({ run: "a", scope: "cell" });
    await cache.outcome(evaluation, make);
    expect(cache.has({ ...evaluation, ...other })).toBe(false);
    await cache.outcome({ ...evaluation, ...other }, make);
    expect(made()).toBe(2);
  });

  it("are others in another scope, and for inputs that cannot be compared", async () => {
    const pool = await EvaluationPool.open(undefined);
    const { make, made } = scores();
    await pool.for({ run: "a", scope: { choice: { model: "small" } } }).outcome(evaluation, make);
    await pool.for({ run: "b", scope: { choice: { model: "large" } } }).outcome(evaluation, make);
    expect(made()).toBe(2);
    const opaque = { ...evaluation, example: { ...evaluation.example, input: new (class Socket {})() } };
    const cache = pool.for({ run: "a", scope: "cell" });
    await cache.outcome(opaque, make);
    await cache.outcome(opaque, make);
    expect(made()).toBe(4);
  });

  it("that fail are the maker's failures: who waits makes its own", async () => {
    const pool = await EvaluationPool.open(undefined);
    const { make } = scores();
    const broken = pool.for({ run: "a", scope: "cell" }).outcome(evaluation, async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      throw new Error("aborted");
    });
    const waiting = pool.for({ run: "b", scope: "cell" }).outcome(evaluation, make);
    await expect(broken).rejects.toThrow("aborted");
    expect(await waiting).toMatchObject({ own: true, outcome: { score: 1 } });
  });

  it("are none when the judge failed: the next run asks its own", async () => {
    const pool = await EvaluationPool.open(undefined);
    const cache = pool.for({ run: "a", scope: "cell" });
    const failure = { of: "guide", message: "no verdict" } as const;
    const failed = await cache.outcome(evaluation, async () => ({
      exampleId: "e1",
      score: undefined,
      feedback: "",
      failure,
    }));
    expect(failed.outcome.failure).toEqual(failure);
    expect(cache.has(evaluation)).toBe(false);
    expect((await cache.outcome(evaluation, scores().make)).outcome.score).toBe(1);
  });

  it("outlive their process, with who made them", async () => {
    const first = await EvaluationPool.open(join(folder, "evaluations"));
    const { make, made } = scores();
    const { outcome } = await first.for({ run: "a", scope: { choice: { batch: 1 } } }).outcome(evaluation, make);
    await first.close();
    const second = await EvaluationPool.open(join(folder, "evaluations"));
    const scope = { choice: { batch: 1 } };
    expect(await second.for({ run: "a", scope }).outcome(evaluation, make)).toEqual({ outcome, own: true });
    expect(await second.for({ run: "b", scope }).outcome(evaluation, make)).toEqual({ outcome, own: false });
    expect(made()).toBe(1);
    await second.close();
  });
});
