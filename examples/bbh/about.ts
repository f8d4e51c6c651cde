/** What the outcome of a run says besides its scores: who answered, when, and how to run it again. */

import { join } from "node:path";
import { answersIn } from "../shared/answers.ts";
import type { RunAbout } from "../shared/outcome.ts";
import { nameOf, type StudyPart } from "./models.ts";
import type { Arm } from "./run-task.ts";
import { isSearch, type StudyName } from "./studies.ts";

const answerers: Readonly<Partial<Record<StudyName, string>>> = {
  "local-model": "OptoPrime's prompts: each by a fresh Claude agent, through the mailbox",
  codex:
    "responses recorded by the authors of BIG-Bench Hard; OptoPrime's prompts: each by a fresh Claude agent, through the mailbox",
  "local-search": "recorded by the authors of BIG-Bench Hard",
  disambiguation:
    "Claude agents through the mailbox: those that answered the questions in bulk, and others for OptoPrime's prompts",
};

/** What is known of an arm, from the cassettes of its answers. */
export function aboutOf({ study, task, data }: StudyPart, arm: Arm, cassettes: string): RunAbout {
  const cassette = (name: string) => answersIn(join(cassettes, task.name, `${name}.cassette.json.gz`));
  const answers = [...(data.recorded ? [] : [cassette("agent")]), ...(isSearch(study) ? [] : [cassette(nameOf(arm))])];
  const models = [
    ...answers.flatMap((one) => one.models),
    ...(data.recorded && study !== "sample" ? [data.recorded.llm.name] : []),
  ];
  const answerer = answerers[study];
  return {
    study: "bbh",
    condition: { study, task: task.file, batch: String(arm.batch) },
    trial: arm.trial,
    mode: isSearch(study) ? ["local search"] : study === "local-model" ? ["replay", "local model"] : ["replay"],
    models: [...new Set(models)].sort(),
    ...(answerer !== undefined && { answerer }),
    date:
      answers
        .map(({ date }) => date)
        .sort()
        .at(-1) ?? new Date().toISOString().slice(0, 10),
    command: `npx tsx --conditions=@tracegrad/source examples/bbh/main.ts ${study}${study === "sample" ? "" : ` --task ${task.name} --data DIR`}`,
    metric: { name: "accuracy", better: "higher" },
    notes: [],
  };
}
