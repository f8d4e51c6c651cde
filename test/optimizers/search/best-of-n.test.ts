import { train } from "tracegrad";
import { bestOfN } from "tracegrad/search";
import { describe, expect, test } from "vitest";
import { searchLaws } from "./laws.ts";
import { qualityOf, task, tuner } from "./world.ts";

describe("BestOfN", () => {
  searchLaws({ make: () => bestOfN({ n: 3 }), gain: 0.05 });

  test("rewrites only the starting artifact, and is done after one round", async () => {
    const { candidates, baseline, best, reason, spent } = await train(
      task({ search: bestOfN({ n: 6, minibatchSize: 1 }), llm: tuner(0.5) }),
    ).result;
    expect(reason).toBe("done");
    expect(spent.steps).toBe(1);
    expect(candidates.slice(1).every(({ parents }) => parents.join() === baseline.id)).toBe(true);
    expect(qualityOf(best.values)).toBe(Math.max(...candidates.map(({ values }) => qualityOf(values))));
  });

  test("a budget that ends among its proposals has paid for those before", async () => {
    const options = task(
      { search: bestOfN({ n: 6, minibatchSize: 1 }), llm: tuner(1) },
      { budget: { evaluations: 8 + 6 + 17 } },
    );
    const { candidates, best, baseline } = await train(options).result;
    expect(candidates.filter(({ validation }) => validation !== undefined)).toHaveLength(3);
    expect(best.id).not.toBe(baseline.id);
  });

  test("temperatures are taken in turn", async () => {
    const llm = tuner(0.5);
    await train(task({ search: bestOfN({ n: 5, temperatures: [0, 0.5] }), llm })).result;
    expect(llm.calls.map(({ temperature }) => temperature).sort()).toEqual([0, 0, 0, 0.5, 0.5]);
  });

  test("options that cannot be are refused", () => {
    expect(() => bestOfN({ n: 0 })).toThrow(/`n` must be a whole number, 1 or more/);
    expect(() => bestOfN({ minibatchSize: 1.5 })).toThrow(/`minibatchSize`/);
    expect(() => bestOfN({ temperatures: [0, -1] })).toThrow(
      /`temperatures` must be a list of numbers, each 0 or more/,
    );
    expect(() => bestOfN({ temperatures: 0.7 as never })).toThrow(
      /`temperatures` must be a list of numbers, each 0 or more; got 0.7/,
    );
    const llm = tuner(1);
    expect(() => train(task({ search: bestOfN({ minibatchSize: 9 }), llm }))).toThrow(/only 8 training examples/);
    expect(llm.calls).toHaveLength(0);
  });
});
