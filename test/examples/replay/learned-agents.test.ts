/** The recorded runs of the agents on LangGraph, of the nested loops and of the support agent give their outcomes. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { committedRuns, replayOutcomes } from "./replay-outcome.ts";

test.each([...committedRuns("nested"), ...committedRuns("support")])("%s", async (run) => {
  const [study = "", number = ""] = run.split("-");
  const { committed, replayed } = await replayOutcomes(study, [run], ["--run", number]);
  expect(replayed).toEqual(committed);
});

const data = join(import.meta.dirname, "../../../../shared/data");
const files = new Map([
  ["gsm8k", join(data, "gsm8k", "test-first-300.jsonl")],
  ["causal", join(data, "bbeh", "causal_understanding.json")],
]);

test.for(committedRuns("langgraph"))("the agent on LangGraph, %s", async (run, { skip }) => {
  const [, agent = "", task = ""] = /^(.*)-(.*?)$/.exec(run) ?? [];
  const file = files.get(task) ?? "";
  if (!existsSync(file)) {
    console.warn(`The problems of ${task} are not at hand: the replay of ${run} is left out.`);
    skip();
  }
  const { committed, replayed } = await replayOutcomes("langgraph", [run], [agent, task, "--data", file]);
  expect(replayed).toEqual(committed);
});
