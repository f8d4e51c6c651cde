/** The study of the starting artifact: a language model writes a pipeline of machine learning, step by step. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { TracegradError, type TrainEvent } from "tracegrad";
import { mailbox, record, replay } from "tracegrad/llm";
import { resultText } from "tracegrad/report";
import type { ArtifactName } from "./agent.ts";
import { loadTask, type TaskName } from "./data.ts";
import { heldOutBySteps, submissionOf } from "./finish.ts";
import { startRun } from "./run.ts";

const help = `Learns a pipeline of machine learning, from one function or from five.

  npx tsx --conditions=@tracegrad/source examples/pipelines/main.ts --data DIR [options]

  --data DIR      the folder with house-prices/ and spaceship-titanic/ (README.md says where they come from)
  --task NAME     housing (default) or spaceship
  --start NAME    one-function (default) or many-function
  --trial N       which recorded trial: 1 (default) or 2
  --mailbox DIR   write each prompt to DIR, wait for its answer, and record it, instead of replaying the recorded ones
  --steps N       optimizer steps (default 15)
  --out DIR       the run folder, in which a run that was stopped goes on (default runs/pipelines/<task>-<start>-<trial>)`;

const options = {
  data: { type: "string" },
  task: { type: "string", default: "housing" },
  start: { type: "string", default: "one-function" },
  trial: { type: "string", default: "1" },
  mailbox: { type: "string" },
  steps: { type: "string", default: "15" },
  out: { type: "string" },
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
}

function readOptions(): Chosen | undefined {
  const { values } = parseArgs({ options });
  if (values.help) return undefined;
  const steps = Number(values.steps);
  if (!Number.isInteger(steps) || steps < 1) throw bad(`--steps is a whole number, 1 or more; got "${values.steps}".`);
  if (values.data === undefined) throw bad("--data is missing: the folder with house-prices/ and spaceship-titanic/.");
  const task = oneOf("task", values.task, ["housing", "spaceship"] as const);
  const artifact = oneOf("start", values.start, ["one-function", "many-function"] as const);
  const trial = oneOf("trial", values.trial, ["1", "2"] as const);
  const out = values.out ?? join("runs", "pipelines", `${task}-${artifact}-${trial}`);
  return { task, artifact, trial, steps, data: values.data, mailbox: values.mailbox, out };
}

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw bad(`--${name} is ${known.join(" or ")}; got "${value}".`);
  return found;
}

function bad(problem: string): TracegradError {
  return new TracegradError("bad-option", problem);
}

async function main({ task, artifact, trial, steps, data: root, mailbox: box, out }: Chosen): Promise<void> {
  const cassette = relative(process.cwd(), join(import.meta.dirname, "cassettes", `${task}-${artifact}-${trial}.json`));
  const llm = box === undefined ? replay(cassette) : record(mailbox(box), cassette);
  console.log(`${task}, ${artifact}, trial ${trial}: ${steps} steps.`);
  console.log(
    box === undefined ? `Mode: replay, from ${cassette}.` : `Mode: live, by ${box}; recorded in ${cassette}.`,
  );
  const data = await loadTask(root, task);
  const { run, predict } = await startRun({ task, artifact, data, llm, steps, folder: out });
  run.on(printEvent);
  const result = await run.result;
  console.log(resultText(result));
  const curve = heldOutBySteps({ task, data, candidates: result.candidates, predict });
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "held-out.json"), `${JSON.stringify(curve, undefined, 2)}\n`);
  for (const { step, validation, heldOut } of curve) {
    console.log(`step ${step}: validation ${text(validation)}, held out ${text(heldOut?.["score"])}`);
  }
  const submission = submissionOf({ task, data, predictions: predict(result.best.values, "both") });
  writeFileSync(join(out, "submission.csv"), submission.csv);
  console.log(`Held out, fitted on all other labelled rows: ${JSON.stringify(submission.heldOut)}`);
  console.log(`Written: ${join(out, "held-out.json")}, ${join(out, "submission.csv")}`);
}

function text(score: number | undefined): string {
  return score === undefined ? "failed" : score.toFixed(4);
}

function printEvent(event: TrainEvent): void {
  if (event.type === "warning" || event.type === "waiting") console.log(event.message);
  if (event.type !== "evaluation" || event.split !== "validation") return;
  const [outcome] = event.result.outcomes;
  console.log(`${new Date().toISOString()} step ${event.step}: ${outcome?.score} ${outcome?.failure?.message ?? ""}`);
}

try {
  const chosen = readOptions();
  if (chosen === undefined) console.log(help);
  else await main(chosen);
} catch (error) {
  if (!(error instanceof TracegradError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
