import { train } from "tracegrad";
import { beamSearch, prioritySearch, type Search, ucbSearch } from "tracegrad/search";
import { scripted } from "tracegrad/testing";
import { describe, expect, test } from "vitest";
import { suggest } from "../readers.ts";
import { task } from "./world.ts";

const sizes = { minibatchSize: 1, validationBatchSize: 5 };
const searches: Readonly<Record<string, () => Search>> = {
  "beam search with validation minibatches": () => beamSearch({ ...sizes, branching: 1 }),
  "UCB search": () => ucbSearch(sizes),
  "priority search": () => prioritySearch(sizes),
};

describe("a round chooses by evaluations that no other round has made", () => {
  test.each(Object.entries(searches))("%s", async (_, search) => {
    const rounds = 6;
    const nothing = scripted(() => suggest({}));
    const { spent } = await train(task({ search: search(), llm: nothing }, { budget: { steps: rounds } })).result;
    // The baseline on all 8 validation examples first, then in each round on 5 of them, though all are known.
    expect(spent.evaluations).toBeGreaterThanOrEqual(8 + 5 * rounds);
  });
});
