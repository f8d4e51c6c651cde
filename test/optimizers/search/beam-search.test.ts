import { train } from "tracegrad";
import { beamSearch } from "tracegrad/search";
import { describe, expect, test } from "vitest";
import { textOf } from "../readers.ts";
import { searchLaws } from "./laws.ts";
import { gambler, qualityOf, task, tuner } from "./world.ts";

describe("BeamSearch", () => {
  searchLaws({ make: () => beamSearch({ width: 2 }) });

  test("each round rewrites the best programs so far, parents among them", async () => {
    const search = beamSearch({ width: 2, branching: 2, minibatchSize: 1 });
    const { candidates } = await train(task({ search, llm: gambler() }, { budget: { steps: 8 } })).result;
    const qualities = new Map(candidates.map(({ id, values }) => [id, qualityOf(values)]));
    let compared = 0;
    for (const { step, parents } of candidates.slice(1)) {
      const before = candidates.filter((one) => one.step < step).map(({ id }) => qualities.get(id) as number);
      const [, second = 0] = before.sort((a, b) => b - a);
      expect(qualities.get(parents[0] as string)).toBeGreaterThanOrEqual(second);
      if (before.length > 2) compared += 1;
    }
    expect(compared).toBeGreaterThan(5);
    // The best one of a round may be from any round before.
    const ages = candidates.flatMap(({ step, parents }) =>
      parents.map((id) => step - (candidates.find((one) => one.id === id)?.step ?? 0)),
    );
    expect(Math.max(...ages)).toBeGreaterThan(1);
  });

  test("chooses by few validation examples, and ends with its beam judged on all", async () => {
    const runs = async (validationBatchSize?: number) => {
      const some = validationBatchSize === undefined ? {} : { validationBatchSize };
      const search = beamSearch({ width: 2, maxDepth: 3, validateEvery: 10, ...some });
      return train(task({ search, llm: tuner(0.5), validation: 40 })).result;
    };
    const [few, all] = [await runs(4), await runs()];
    for (const { reason, best, baseline } of [few, all]) {
      expect(reason).toBe("done");
      expect(qualityOf(best.values)).toBeGreaterThan(qualityOf(baseline.values));
    }
    const judged = few.candidates.filter(({ validation }) => validation?.outcomes.length === 40);
    expect(judged.length).toBeGreaterThanOrEqual(2);
    expect(judged.length).toBeLessThanOrEqual(3);
    expect(few.spent.evaluations).toBeLessThan(0.6 * all.spent.evaluations);
  });

  test("with a history the model is shown the best programs with their scores, best last", async () => {
    const llm = tuner(0.3);
    const search = beamSearch({ width: 2, historySize: 3 });
    const { candidates } = await train(task({ search, llm }, { budget: { steps: 4 } })).result;
    const prompts = llm.calls.map((call) => textOf(call));
    const last = prompts.at(-1) as string;
    const scores = [...last.matchAll(/- mean score ([\d.]+) of \d+ runs:\n {2}bass = (\d+)/g)];
    expect(scores).toHaveLength(3);
    const shown = scores.map(([, score]) => Number(score));
    expect([...shown].sort((a, b) => a - b)).toEqual(shown);
    const before = candidates.filter(({ step }) => step < 4).map(({ values }) => qualityOf(values));
    expect(shown.at(-1)).toBeCloseTo(Math.max(...before), 4);
    const plain = tuner(0.3);
    await train(task({ search: beamSearch({ width: 2 }), llm: plain }, { budget: { steps: 2 } })).result;
    expect(plain.calls.some((call) => textOf(call).includes("tried before"))).toBe(false);
  });

  test("options that cannot be are refused", () => {
    expect(() => beamSearch({ width: 0 })).toThrow(/`width`/);
    expect(() => beamSearch({ branching: -1 })).toThrow(/`branching`/);
    expect(() => beamSearch({ maxDepth: 0 })).toThrow(/`maxDepth`/);
    expect(() => beamSearch({ historySize: 0.5 })).toThrow(/`historySize`/);
    expect(() => beamSearch({ validationBatchSize: 0 })).toThrow(/`validationBatchSize`/);
    const search = beamSearch({ validationBatchSize: 9 });
    expect(() => train(task({ search, llm: tuner(1) }, { budget: { steps: 1 } }))).toThrow(
      /`validationBatchSize` is 9, but there are only 8 validation/,
    );
  });
});
