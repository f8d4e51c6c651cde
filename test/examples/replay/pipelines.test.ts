/**
 * The recorded runs of the pipelines give the scores that are committed. A run trains for minutes, so only its first step is
 * repeated, unless the test is whole.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { replay } from "tracegrad/llm";
import { expect, test } from "vitest";
import type { ArtifactName } from "../../../examples/pipelines/agent.ts";
import { loadTask, type TaskName } from "../../../examples/pipelines/data.ts";
import { measuresOf, predictionsOf, reported } from "../../../examples/pipelines/finish.ts";
import { startRun } from "../../../examples/pipelines/run.ts";
import { readOutcome } from "../../../examples/shared/outcome.ts";
import { temporaryFolder } from "../../llm/folder.ts";
import { committedRuns, isWhole, replayOutcomes } from "./replay-outcome.ts";

const data = join(import.meta.dirname, "../../../../shared/data");
const study = join(import.meta.dirname, "../../../examples/pipelines");
const recorded = committedRuns("pipelines").flatMap((run) => {
  const [, task, artifact, trial] = /^(housing|spaceship)-(one-function|many-function)-(\d)$/.exec(run) ?? [];
  return task === undefined
    ? []
    : [{ run, task: task as TaskName, artifact: artifact as ArtifactName, trial: trial as string }];
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

test.each(isWhole ? recorded : [])("the pipeline of $run", async ({ run, task, artifact, trial }) => {
  if (!isDataAtHand()) return;
  const options = ["--data", data, "--task", task, "--start", artifact, "--trial", trial];
  const { committed, replayed } = await replayOutcomes(
    "pipelines",
    [run],
    [...options, "--out", join(temporaryFolder(), "run")],
  );
  expect(replayed).toEqual(committed);
});

test.each(isWhole ? [] : recorded)("the first step of the pipeline of $run", async ({ run, task, artifact }) => {
  if (!isDataAtHand()) return;
  const [rows, folder, stop] = [await loadTask(data, task), join(temporaryFolder(), "run"), new AbortController()];
  const llm = replay(join(study, "cassettes", `${run}.json.gz`));
  const started = startRun({ task, artifact, data: rows, llm, steps: 1, folder, signal: stop.signal });
  // Held-out rows are another fit, and decide nothing.
  started.run.on((event) => {
    if (event.type === "evaluation" && event.split === "validation" && event.step === 1) stop.abort();
  });
  const { candidates } = await started.run.result;
  const known = await predictionsOf(folder);
  const truth = rows.validation.labels;
  const { name } = reported[task];
  const scores = candidates.map(({ id }) => measuresOf(task, truth, known.get(`${id} validation`) ?? [])?.[name]);
  const { validation } = readOutcome(study, run);
  expect(scores).toEqual([validation?.start.mean, validation?.steps[0]?.mean]);
});
