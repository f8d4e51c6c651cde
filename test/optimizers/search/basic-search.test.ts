import { type TrainEvent, train } from "tracegrad";
import { basicSearch } from "tracegrad/search";
import { describe, expect, test } from "vitest";
import { searchLaws } from "./laws.ts";
import { gambler, meanOver, mirrorer, qualityOf, task, tuner } from "./world.ts";

describe("BasicSearch", () => {
  searchLaws({ make: () => basicSearch({ ownMinibatches: true, proposals: 2 }) });

  test("each round rewrites the best program so far", async () => {
    const search = basicSearch({ ownMinibatches: true, proposals: 3 });
    const { candidates, spent } = await train(task({ search, llm: tuner(0.4) }, { budget: { steps: 6 } })).result;
    expect(spent.steps).toBe(6);
    const qualities = new Map(candidates.map(({ id, values }) => [id, qualityOf(values)]));
    for (const { step, parents } of candidates.slice(1)) {
      const before = candidates.filter((one) => one.step < step).map(({ id }) => qualities.get(id) as number);
      expect(qualities.get(parents[0] as string)).toBe(Math.max(...before));
    }
  });

  test("proposals from one minibatch differ by their temperatures", async () => {
    const search = (temperatures: readonly number[]) => basicSearch({ proposals: 4, temperatures });
    const made = async (temperatures: readonly number[]) =>
      (await train(task({ search: search(temperatures), llm: gambler() }, { budget: { steps: 1 } })).result).candidates;
    expect(await made([])).toHaveLength(2);
    expect(await made([0, 0.3, 0.6, 1])).toHaveLength(5);
  });

  test("every training example has its turn before any comes again, and none is twice in a minibatch", async () => {
    const events: TrainEvent[] = [];
    const options = task({ search: basicSearch({ minibatchSize: 3 }), llm: tuner(0.2) }, { budget: { steps: 8 } });
    for await (const event of train(options)) events.push(event);
    const seen = events.flatMap((event) => (event.type === "rollout" ? [event.outcome.exampleId] : []));
    expect(seen).toHaveLength(24);
    for (const epoch of [0, 8, 16]) expect(new Set(seen.slice(epoch, epoch + 8)).size).toBe(8);
    for (let at = 0; at < 24; at += 3) expect(new Set(seen.slice(at, at + 3)).size).toBe(3);
  });

  test("among equally good programs under noise a proof hardly ever ships another, the best score mostly does", async () => {
    const changed = (acceptance: "proven" | "best") =>
      meanOver(40, async (seed) => {
        const search = basicSearch({ ownMinibatches: true, minibatchSize: 1 });
        const settings = { search, llm: mirrorer(seed), seed, noise: 0.3, validation: 16 };
        const { best, baseline, candidates } = await train(task(settings, { acceptance, budget: { steps: 2 } })).result;
        for (const { values } of candidates) expect(qualityOf(values)).toBeCloseTo(qualityOf(baseline.values), 12);
        return best.id === baseline.id ? 0 : 1;
      });
    expect(await changed("proven")).toBeLessThanOrEqual(0.05);
    expect(await changed("best")).toBeGreaterThan(0.5);
  });

  test("options that cannot be are refused", () => {
    expect(() => basicSearch({ proposals: 0 })).toThrow(/`proposals` must be a whole number/);
  });
});
