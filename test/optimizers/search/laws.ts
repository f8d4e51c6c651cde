/**
 * What holds for every search on the task of `world.ts`: claims that a test file makes of its own search by one call.
 */

import { type TrainOptions, train } from "tracegrad";
import type { Search } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { afterAll, describe, expect, test } from "vitest";
import { bytes, expectResumable, meanOver, qualityOf, runFolders, task, tuner, useless } from "./world.ts";

type Changes = Partial<TrainOptions<number, number[], string>>;

/** What a search is, and how much it needs to show something. */
export interface LawSettings {
  readonly make: () => Search;
  /** Evaluations of the runs that are to get somewhere. Default: 160. */
  readonly evaluations?: number;
  /** By how much the quality has to rise with a skill of 0.9. Default: 0.1. */
  readonly gain?: number;
}

/** Makes the claims. */
export function searchLaws({ make, evaluations = 160, gain = 0.1 }: LawSettings): void {
  const folders = runFolders();
  afterAll(() => folders.remove());
  const half = (changes: Changes) =>
    task({ search: make(), llm: tuner(0.5) }, { budget: { steps: 4, evaluations }, ...changes });

  test("more skill of the model gives better programs, and the better program is live", async () => {
    const qualities: number[] = [];
    for (const skill of [0.2, 0.5, 0.9]) {
      const measure = async (seed: number) => {
        const options = task({ search: make(), llm: tuner(skill, seed), seed }, { budget: { evaluations } });
        const { best } = await train(options).result;
        for (const { name, data } of options.optimizer.parameters) expect(data).toBe(best.values[name]);
        return qualityOf(best.values);
      };
      qualities.push(await meanOver(10, measure));
    }
    expect(qualities).toEqual([...qualities].sort((a, b) => a - b));
    expect(new Set(qualities).size).toBe(3);
    expect(qualities[2]).toBeGreaterThan(qualityOf({ bass: 50, middle: 50, treble: 50, volume: 50 }) + gain);
  });

  describe("ends with the starting artifact when the model", () => {
    test.each(Object.entries(useless))("%s", async (_, answer) => {
      const options = task({ search: make(), llm: scripted(answer) }, { budget: { steps: 1 } });
      const { best, baseline, candidates } = await train(options).result;
      expect(best).toEqual(baseline);
      expect(candidates).toHaveLength(1);
      expect(options.optimizer.parameters.map(({ data }) => data)).toEqual([50, 50, 50, 50]);
    });
  });

  test("goes on after a model that failed as if it had not", async () => {
    const folder = folders.make();
    const llm = tuner(0.5);
    let left = 1;
    const failing = scripted((request) => {
      if (left-- === 0) throw new Error("the line is dead");
      return llm.generate(request);
    });
    const run = (model: typeof llm, changes: Changes) =>
      train(task({ search: make(), llm: model }, { budget: { steps: 3 }, ...changes })).result;
    await expect(run(failing, { folder, concurrency: 1 })).rejects.toThrow("the line is dead");
    const whole = await run(llm, {});
    const resumed = await run(llm, { folder });
    expect(resumed.best).toEqual(whole.best);
    expect(resumed.candidates).toEqual(whole.candidates);
  });

  test("a judge that fails on some examples, or on all, stops nothing", async () => {
    const judgedBy = (fails: (exampleId: string) => boolean) => {
      const options = half({ budget: { steps: 3 } });
      const guide: NonNullable<typeof options.guide> = (...run) => {
        if (fails(run[3].exampleId)) throw new Error("no idea");
        return (options.guide as NonNullable<typeof options.guide>)(...run);
      };
      return train({ ...options, guide }).result;
    };
    const some = await judgedBy((id) => ["row 1", "row 9", "row 10"].includes(id));
    expect(qualityOf(some.best.values)).toBeGreaterThan(qualityOf(some.baseline.values));
    const none = await judgedBy(() => true);
    expect(none.best).toEqual(none.baseline);
    const inTraining = await judgedBy((id) => Number(id.slice("row ".length)) >= 8);
    expect(inTraining.best.id).toBe(inTraining.baseline.id);
  });

  test("stopped anywhere and resumed, it ends as if it had not been", () => expectResumable(half, folders, 6));

  test("is the same at any concurrency", async () => {
    const [alone, together] = [
      await train(half({ concurrency: 1 })).result,
      await train(half({ concurrency: 16 })).result,
    ];
    expect(bytes(together)).toBe(bytes(alone));
    expect(alone.candidates.length).toBeGreaterThan(2);
  });

  test("no budget is ever exceeded, and a larger one goes on as if it had been there from the start", async () => {
    const whole = await train(half({ budget: { evaluations: 100 } })).result;
    for (const calls of [8, 9, 17, 40, 71]) {
      const folder = folders.make();
      const { spent, reason } = await train(half({ folder, budget: { evaluations: calls } })).result;
      expect(spent.evaluations).toBeLessThanOrEqual(calls);
      expect(reason).toMatch(/budget|done/);
      const { best, candidates } = await train(half({ folder, budget: { evaluations: 100 } })).result;
      expect(candidates, `after a budget of ${calls}`).toEqual(whole.candidates);
      expect(best).toEqual(whole.best);
    }
    for (const llmCalls of [1, 4, 10]) {
      const { spent } = await train(half({ budget: { llmCalls } })).result;
      expect(spent.llmCalls).toBeLessThanOrEqual(llmCalls);
    }
  });
}
