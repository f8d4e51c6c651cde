/** The recorded runs of the study of batch sizes give the scores and verdicts that are committed as their outcomes. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { studies } from "../../../examples/bbh/studies.ts";
import { temporaryFolder } from "../../llm/folder.ts";
import { committedRuns, replayOutcomes } from "./replay-outcome.ts";

const data = join(import.meta.dirname, "../../../../shared/data");
const runs = committedRuns("bbh");

const cases = Object.entries(studies).flatMap(([study, protocol]) =>
  protocol.tasks
    .map(({ file, name }) => ({
      ...{ study, name },
      file: "data" in protocol ? join(data, protocol.data, `${file}.json`) : undefined,
      runs: runs.filter((run) => run.startsWith(`${name}-batch-`)),
    }))
    .filter((one) => one.runs.length > 0),
);

test("each committed outcome belongs to a study", () => {
  expect(cases.flatMap((one) => one.runs).sort()).toEqual([...runs].sort());
});

test.each(cases)("$study, $name", async ({ study, name, file, runs: wanted }) => {
  if (file !== undefined && !existsSync(file)) {
    console.warn(`${file} is not at hand: its runs are not repeated.`);
    return;
  }
  const options = [study, "--task", name, "--data", data, "--out", temporaryFolder()];
  const { committed, replayed } = await replayOutcomes("bbh", wanted, options);
  expect(replayed).toEqual(committed);
});
