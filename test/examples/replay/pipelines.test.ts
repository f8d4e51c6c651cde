/**
 * The recorded runs of the pipelines give the scores that are committed. A run trains for minutes, so only the first step
 * of one for each artifact is repeated, unless the test is whole.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { committedRuns, isWhole, replayOutcomes } from "./replay-outcome.ts";

const data = join(import.meta.dirname, "../../../../shared/data");
const steps = isWhole ? 15 : 1;
const form = isWhole ? /^(housing|spaceship)-(\w+-function)-(\d)$/ : /^(housing)-(\w+-function)-(1)$/;
const recorded = committedRuns("pipelines").flatMap((run) => {
  const [, task, start, trial] = form.exec(run) ?? [];
  return task === undefined
    ? []
    : [{ run, options: ["--task", task, "--start", start as string, "--trial", trial as string] }];
});

function isDataAtHand(): boolean {
  if (existsSync(join(data, "house-prices"))) return true;
  console.warn(`${data} is not at hand: the pipelines are not repeated.`);
  return false;
}

test.each(["housing", "spaceship"])("the baselines of %s", async (task) => {
  if (!isDataAtHand()) return;
  const runs = committedRuns("pipelines").filter((run) => run.startsWith(task) && !run.includes("-function-"));
  expect(runs.length).toBe(3);
  const { committed, replayed } = await replayOutcomes("pipelines", runs, [
    "--data",
    data,
    "--task",
    task,
    "--baselines",
  ]);
  expect(replayed).toEqual(committed);
});

test.each(recorded)("the pipeline of $run", async ({ run, options }) => {
  if (!isDataAtHand()) return;
  const folder = ["--data", data, "--steps", String(steps), "--out", join(temporaryFolder(), "run")];
  const { committed, replayed } = await replayOutcomes("pipelines", [run], [...options, ...folder]);
  const scores = ([outcome]: typeof committed) => ({
    start: [outcome?.validation?.start, outcome?.test?.start],
    steps: outcome?.validation?.steps.filter(({ step }) => step <= steps),
  });
  expect(scores(replayed)).toEqual(scores(committed));
});
