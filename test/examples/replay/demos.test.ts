/** The recorded runs of the first examples give the scores and verdicts that are committed as their outcomes. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { committedRuns, replayOutcomes } from "./replay-outcome.ts";

async function expectSame(study: string, runs: readonly string[], options: readonly string[]): Promise<void> {
  const { committed, replayed } = await replayOutcomes(study, runs, options);
  expect(replayed).toEqual(committed);
}

test("Pong", async () => {
  await expectSame("pong", ["horizon-400"], ["--out", join(temporaryFolder(), "pong")]);
});

test.each(committedRuns("prompt"))("the prompt demo, %s", async (method) => {
  await expectSame("prompt", [method], ["--method", method, "--out", join(temporaryFolder(), "prompt")]);
});

test.each(committedRuns("router"))("the router, %s", async (name) => {
  await expectSame("router", [name], [name]);
});
