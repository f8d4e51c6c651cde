/** The study of the starting artifact: a language model writes a pipeline of machine learning, step by step. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { TracegradError, type TrainEvent, type TrainResult } from "tracegrad";
import { mailbox, record, replay } from "tracegrad/llm";
import { resultText } from "tracegrad/report";
import { answersIn } from "../shared/answers.ts";
import { outcomeOf, writeOutcome } from "../shared/outcome.ts";
import { runMain } from "../shared/run-main.ts";
import type { ArtifactName } from "./agent.ts";
import { fitBaselines } from "./baselines.ts";
import { loadTask, type TaskData, type TaskName } from "./data.ts";
import {
  measureSteps,
  measuresOf,
  outcomeScores,
  type Predict,
  predictionsOf,
  predictOrFail,
  reported,
  submissionOf,
} from "./finish.ts";
import { protocolSteps, startRun } from "./run.ts";
import { stepTables } from "./table.ts";

const help = `Learns a pipeline of machine learning, from one function or from five.

  npx tsx --conditions=@tracegrad/source examples/pipelines/main.ts --data DIR [options]

  --data DIR      the folder with house-prices/ and spaceship-titanic/ (README.md says where they come from)
  --task NAME     housing (default) or spaceship
  --start NAME    one-function (default) or many-function
  --trial N       which recorded trial: 1 (default) or 2
  --mailbox DIR   write each prompt to DIR, wait for its answer, and record it, instead of replaying the recorded ones
  --steps N       do only the first steps of ${protocolSteps} (default: all)
  --out DIR       the run folder, in which a run that was stopped goes on (default runs/pipelines/<task>-<start>-<trial>)
  --write         write the outcome to examples/pipelines/results
  --baselines     fit the baselines of the task instead (no LLM)
  --table         print the committed scores step by step instead; needs no data`;

const options = {
  data: { type: "string" },
  task: { type: "string", default: "housing" },
  start: { type: "string", default: "one-function" },
  trial: { type: "string", default: "1" },
  mailbox: { type: "string" },
  steps: { type: "string", default: String(protocolSteps) },
  out: { type: "string" },
  write: { type: "boolean", default: false },
  baselines: { type: "boolean", default: false },
  table: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

interface Chosen {
  readonly task: TaskName;
  readonly artifact: ArtifactName;
  readonly trial: string;
  readonly steps: number;
  readonly data: string;
  readonly mailbox: string | undefined;
  readonly out: string;
  readonly isWritten: boolean;
  readonly baselines: boolean;
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

function choose(values: Values): Chosen {
  const steps = Number(values.steps);
  if (!Number.isInteger(steps) || steps < 1 || steps > protocolSteps) {
    throw bad(`--steps is a whole number from 1 to ${protocolSteps}; got "${values.steps}".`);
  }
  if (values.data === undefined) throw bad("--data is missing: the folder with house-prices/ and spaceship-titanic/.");
  const task = oneOf("task", values.task, ["housing", "spaceship"] as const);
  const artifact = oneOf("start", values.start, ["one-function", "many-function"] as const);
  const trial = oneOf("trial", values.trial, ["1", "2"] as const);
  const out = values.out ?? join("runs", "pipelines", `${task}-${artifact}-${trial}`);
  const { data, mailbox: box, baselines, write: isWritten } = values;
  return { task, artifact, trial, steps, data, mailbox: box, out, isWritten, baselines };
}

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw bad(`--${name} is ${known.join(" or ")}; got "${value}".`);
  return found;
}

function bad(problem: string): TracegradError {
  return new TracegradError("bad-option", problem);
}

async function main(chosen: Chosen): Promise<void> {
  const { task, artifact, trial, steps, mailbox: box, out } = chosen;
  if (chosen.baselines) {
    console.log("Mode: no LLM.");
    fitBaselines(task, await loadTask(chosen.data, task), chosen.isWritten);
    return;
  }
  const cassette = join(import.meta.dirname, "cassettes", `${task}-${artifact}-${trial}.json.gz`);
  const shown = relative(process.cwd(), cassette);
  const llm = box === undefined ? replay(cassette) : record(mailbox(box), cassette);
  console.log(`${task}, ${artifact}, trial ${trial}: ${steps} steps.`);
  console.log(box === undefined ? `Mode: replay, from ${shown}.` : `Mode: live, by ${box}; recorded in ${shown}.`);
  const data = await loadTask(chosen.data, task);
  const { run, predict } = startRun({ task, artifact, data, llm, steps, folder: out });
  run.on(printEvent);
  const result = await run.result;
  console.log(resultText(result));
  await conclude(chosen, { data, result, predict, cassette });
}

interface Ended {
  readonly data: TaskData;
  readonly result: TrainResult;
  readonly predict: Predict;
  readonly cassette: string;
}

async function conclude(chosen: Chosen, { data, result, predict, cassette }: Ended): Promise<void> {
  const { task, out } = chosen;
  const { best, candidates } = result;
  const measures = measureSteps({ task, data, candidates, predict, known: await predictionsOf(out) });
  const { name } = reported[task];
  for (const { step, validation, heldOut } of measures) {
    console.log(`step ${step}: ${name} validation ${text(validation?.[name])}, held out ${text(heldOut?.[name])}`);
  }
  const held = data.heldOut.labels;
  const predictions = predictOrFail(() => predict(best.values, "both"));
  const again = predictions && measuresOf(task, held, predictions.slice(0, held.length))?.[name];
  const note = `Fitted on training and validation rows too: ${text(again)} on the held-out rows.`;
  console.log(note);
  mkdirSync(out, { recursive: true });
  const written: string[] = [];
  if (predictions !== undefined) {
    const submission = join(out, "submission.csv");
    writeFileSync(submission, submissionOf(task, data, predictions.slice(held.length)));
    written.push(submission);
  }
  if (chosen.isWritten) {
    const scores = outcomeScores({ task, data }, measures, best.step);
    const outcome = { ...outcomeOf(aboutOf(chosen, cassette, note), result), ...scores };
    written.push(writeOutcome(import.meta.dirname, `${task}-${chosen.artifact}-${chosen.trial}`, outcome));
  }
  console.log(`Written: ${written.join(", ")}`);
}

function aboutOf({ task, artifact, trial, mailbox: box }: Chosen, cassette: string, note: string) {
  const mode: "replay" | "live" = box === undefined ? "replay" : "live";
  const command = "npx tsx --conditions=@tracegrad/source examples/pipelines/main.ts --data DIR";
  return {
    study: "pipelines",
    condition: { task, start: artifact },
    trial: Number(trial),
    mode: [mode],
    ...answersIn(cassette),
    answerer: "a fresh Claude agent for each prompt, through the mailbox",
    command: `${command} --task ${task} --start ${artifact} --trial ${trial}`,
    metric: reported[task],
    notes: [`Trial ${trial}: ${note}`],
  };
}

function text(score: number | undefined): string {
  return score === undefined ? "failed" : score.toFixed(4);
}

function printEvent(event: TrainEvent): void {
  if (event.type === "warning" || event.type === "waiting") console.log(event.message);
  if (event.type !== "evaluation" || event.split !== "validation") return;
  const [outcome] = event.result.outcomes;
  console.log(`step ${event.step}: ${outcome?.score} ${outcome?.failure?.message ?? ""}`);
}

await runMain(() => {
  const { values } = parseArgs({ options });
  if (values.help) return console.log(help);
  if (values.table) return console.log(stepTables());
  return main(choose(values));
});
