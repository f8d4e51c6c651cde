import { train } from "tracegrad";
import { ucbSearch } from "tracegrad/search";
import { describe, expect, test } from "vitest";
import { searchLaws } from "./laws.ts";
import { gambler, qualityOf, task, tuner } from "./world.ts";

describe("UCBSearch", () => {
  searchLaws({ make: () => ucbSearch({ exploration: 0.3 }) });

  test("without exploration it rewrites the best mean, with much of it every program has its turn", async () => {
    const parents = async (exploration: number) => {
      const search = ucbSearch({ exploration });
      const { candidates } = await train(task({ search, llm: tuner(0.3) }, { budget: { steps: 10 } })).result;
      return { candidates, parents: candidates.slice(1).map((one) => one.parents[0] as string) };
    };
    const greedy = await parents(0);
    const qualities = new Map(greedy.candidates.map(({ id, values }) => [id, qualityOf(values)]));
    const rewritten = greedy.parents.map((id) => qualities.get(id) as number);
    expect([...rewritten].sort((a, b) => a - b)).toEqual(rewritten);
    const curious = await parents(10);
    expect(new Set(curious.parents).size).toBeGreaterThan(new Set(greedy.parents).size);
    expect(new Set(curious.parents).size).toBeGreaterThan(5);
  });

  test("a buffer of one is the best program alone, however much doubt counts", async () => {
    const search = ucbSearch({ poolSize: 1, exploration: 10 });
    const { candidates } = await train(task({ search, llm: tuner(0.3) }, { budget: { steps: 10 } })).result;
    const qualities = new Map(candidates.map(({ id, values }) => [id, qualityOf(values)]));
    const rewritten = candidates.slice(1).map(({ parents }) => qualities.get(parents[0] as string) as number);
    expect([...rewritten].sort((a, b) => a - b)).toEqual(rewritten);
    expect(new Set(rewritten).size).toBeGreaterThan(1);
  });

  test("runs of a program add up over its turns", async () => {
    const judged = new Map<string, number>();
    const onJudged = (places: readonly number[]) => {
      judged.set(places.join(), (judged.get(places.join()) ?? 0) + 1);
    };
    const settings = {
      search: ucbSearch({ minibatchSize: 1, exploration: 0.1 }),
      llm: gambler(),
      noise: 0.2,
      onJudged,
    };
    await train(task(settings, { budget: { steps: 20 } })).result;
    const counts = [...judged.values()].sort((a, b) => b - a);
    // Once on all 8 validation examples, and a training and 5 validation runs a turn.
    expect(counts[0]).toBeGreaterThanOrEqual(8 + 3 * 6);
    expect(counts.at(-1)).toBe(5);
  });

  test("options that cannot be are refused", () => {
    expect(() => ucbSearch({ poolSize: 0 })).toThrow(/`poolSize`/);
    expect(() => ucbSearch({ proposals: 0 })).toThrow(/`proposals`/);
    expect(() => ucbSearch({ exploration: Number.NaN })).toThrow(
      /`exploration` must be a finite number, 0 or more; got NaN/,
    );
    expect(() => ucbSearch({ validateEvery: 0 })).toThrow(/`validateEvery`/);
  });
});
