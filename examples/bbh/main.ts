/** The study of experience batching: how many questions should one update see? */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { type StudyResult, TracegradError } from "tracegrad";
import { studyTable, textTable } from "tracegrad/report";
import { writeOutcome } from "../shared/outcome.ts";
import { runMain } from "../shared/run-main.ts";
import { aboutOf } from "./about.ts";
import {
  committedCassettes,
  type LiveSource,
  liveModels,
  loadLocalModel,
  nameOf,
  recordedModels,
  type StudyPart,
} from "./models.ts";
import { outcomesOf } from "./outcomes.ts";
import { runTask, type TaskModels } from "./run-task.ts";
import { isSearch, type StudyName, type StudyProtocol, type StudyTask, studies } from "./studies.ts";

const help = `Learns a prompt and a function that reads the answer out, with batches of 1, 3 and 5 questions.

  npx tsx --conditions=@tracegrad/source examples/bbh/main.ts [STUDY] [options]

  STUDY          ${Object.keys(studies).join(", ")}; default: sample, which needs no data
  --data DIR     the folder that holds those of the study: bbeh, small-tasks or bbh-codex-cot
  --task NAME    one task of the study; default: all of them
  --out DIR      where the runs are kept, to be resumed (default runs/bbh)
  --write        write the outcomes to examples/bbh/results

Without more options the recorded answers are replayed. To have new ones:
  --mailbox DIR    write each prompt to DIR and wait for its answer
  --model DIR      local-model: the folder of the small model (npm run demo:prompt -- --help says how to make it)
  --cassettes DIR  where the answers are recorded (default: those of this example)`;

const { values, positionals } = parseArgs({
  options: {
    data: { type: "string" },
    task: { type: "string" },
    out: { type: "string", default: join("runs", "bbh") },
    write: { type: "boolean", default: false },
    mailbox: { type: "string" },
    model: { type: "string" },
    cassettes: { type: "string", default: committedCassettes },
    help: { type: "boolean", default: false },
  },
  allowPositionals: true,
});

async function main(): Promise<void> {
  const study = readStudy();
  const protocol: StudyProtocol = studies[study];
  const folder = dataFolder(protocol);
  const source = await readSource();
  const parts = await Promise.all(
    tasksOf(protocol).map(async (task) => ({ study, task, data: await protocol.load(folder, task.file) })),
  );
  console.log(`${study}, ${modeOf(study, source)}: ${parts.map(({ task }) => task.name).join(", ")}`);
  await Promise.all(parts.map((part) => runPart(part, protocol, source)));
}

/** Runs one task, prints its table, and writes its outcomes where that is wanted. */
async function runPart(part: StudyPart, protocol: StudyProtocol, source: LiveSource | undefined): Promise<void> {
  const { study, task, data } = part;
  const models = modelsOf(part, source);
  const run = { protocol, data, models, folder: join(values.out, study, task.name) };
  const result = await runTask(run);
  const outcomes = await outcomesOf(run, result, (arm) => aboutOf(part, arm, values.cassettes));
  printTask(task, result);
  if (!values.write) return;
  for (const { arm, outcome } of outcomes) writeOutcome(import.meta.dirname, `${task.name}-${nameOf(arm)}`, outcome);
}

function dataFolder({ data }: StudyProtocol): string {
  if (data === undefined) return import.meta.dirname;
  if (values.data !== undefined) return join(values.data, data);
  throw new TracegradError(
    "bad-option",
    `Say which folder holds ${data}: --data DIR (README.md says where to get it).`,
  );
}

function readStudy(): StudyName {
  const [name = "sample"] = positionals;
  if (Object.hasOwn(studies, name)) return name as StudyName;
  const known = Object.keys(studies).join(", ");
  throw new TracegradError("bad-option", `There is no study "${name}". There are: ${known}.`);
}

function tasksOf({ tasks }: StudyProtocol): readonly StudyTask[] {
  const chosen = tasks.filter(({ file, name }) => [undefined, file, name].includes(values.task));
  if (chosen.length > 0) return chosen;
  const known = tasks.map(({ name }) => name).join(", ");
  throw new TracegradError("bad-option", `The study has no task "${values.task}". It has: ${known}.`);
}

async function readSource(): Promise<LiveSource | undefined> {
  const { mailbox, model, cassettes } = values;
  if (mailbox === undefined) return undefined;
  return { mailbox, cassettes, local: model === undefined ? undefined : await loadLocalModel(model) };
}

function modelsOf(part: StudyPart, source: LiveSource | undefined): TaskModels {
  return source === undefined || isSearch(part.study)
    ? recordedModels(part, values.cassettes)
    : liveModels(part, source);
}

function modeOf(study: StudyName, source: LiveSource | undefined): string {
  if (isSearch(study)) return "local search";
  if (source === undefined) return "replay";
  return study === "local-model" ? "local model" : "live";
}

function printTask({ name }: StudyTask, result: StudyResult): void {
  console.log(`\n${name}\n${textTable(studyTable(result))}`);
  for (const { cell, errors } of result.rows) for (const error of errors) console.log(`${cell}: ${error}`);
}

if (values.help) console.log(help);
else await runMain(main);
