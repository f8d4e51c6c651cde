/** A model that leaves nothing to chance is not asked the same question twice in a round. */

import { train } from "tracegrad";
import { basicSearch } from "tracegrad/search";
import { afterAll, expect, test } from "vitest";
import { bytes, expectResumable, runFolders, task, tuner } from "../../optimizers/search/world.ts";

const search = (temperatures?: readonly number[]) =>
  basicSearch({ proposals: 4, ...(temperatures === undefined ? {} : { temperatures }) });

/** The model calls that were made and counted. */
async function askedIn(rounds: number, temperatures?: readonly number[]): Promise<number> {
  const given = task({ search: search(temperatures), llm: tuner(0.5) }, { budget: { steps: rounds } });
  return (await train(given).result).spent.llmCalls;
}

test("four proposals from the same rollouts at temperature 0 are one question a round", async () => {
  expect(await askedIn(1, [0])).toBe(1);
  expect(await askedIn(3, [0])).toBe(3);
});

test("what is drawn is asked as often as it is wanted", async () => {
  expect(await askedIn(1, [0, 0.5])).toBe(3);
  expect(await askedIn(1, [0.7])).toBe(4);
  expect(await askedIn(1)).toBe(4);
});

test("it is the same at any concurrency", async () => {
  const run = async (concurrency: number) =>
    bytes(await train(task({ search: search([0]), llm: tuner(0.5) }, { budget: { steps: 3 }, concurrency })).result);
  expect(await run(16)).toBe(await run(1));
});

const folders = runFolders();
afterAll(() => folders.remove());

test("stopped anywhere and resumed, it ends as if it had not been", () =>
  expectResumable(
    (changes) => task({ search: search([0, 0.5]), llm: tuner(0.5) }, { budget: { steps: 3 }, ...changes }),
    folders,
    4,
  ));
