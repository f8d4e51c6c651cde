/** The study of experience batching: how many questions should one update see? */

import { join } from "node:path";
import { parseArgs } from "node:util";
import { type StudyResult, TracegradError } from "tracegrad";
import { studyTable, textTable } from "tracegrad/report";
import {
  committedCassettes,
  type LiveSource,
  liveModels,
  loadLocalModel,
  recordedModels,
  type StudyPart,
} from "./models.ts";
import type { TaskModels } from "./run-task.ts";
import { runTask } from "./run-task.ts";
import { type StudyName, type StudyProtocol, type StudyTask, studies } from "./studies.ts";

const help = `Learns a prompt and a function that reads the answer out, with batches of 1, 3 and 5 questions.

  npx tsx --conditions=@tracegrad/source examples/bbh/main.ts STUDY --data DIR [options]

  STUDY          ${Object.keys(studies).join(", ")}
  --data DIR     the folder that holds ${[...new Set(Object.values(studies).map(({ data }) => data))].join(", ")}
  --task NAME    one task of the study; default: all of them
  --out DIR      where the runs are kept, to be resumed (default runs/bbh)

Without more options the recorded answers are replayed. To have new ones:
  --mailbox DIR    write each prompt to DIR and wait for its answer
  --model DIR      local-model: the folder of the small model (npm run demo:prompt -- --help says how to make it)
  --cassettes DIR  where the answers are recorded (default: those of this example)`;

const { values, positionals } = parseArgs({
  options: {
    data: { type: "string" },
    task: { type: "string" },
    out: { type: "string", default: join("runs", "bbh") },
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
  if (values.data === undefined) throw new TracegradError("bad-option", "Say where the data are: --data DIR.");
  const folder = join(values.data, protocol.data);
  const source = await readSource();
  const parts = await Promise.all(
    tasksOf(protocol).map(async (task) => ({ study, task, data: await protocol.load(folder, task.file) })),
  );
  console.log(`${study}, ${modeOf(study, source)}: ${parts.map(({ task }) => task.name).join(", ")}`);
  await Promise.all(
    parts.map(async (part) => {
      const out = join(values.out, part.task.name);
      printTask(part.task, await runTask({ protocol, data: part.data, models: modelsOf(part, source), folder: out }));
    }),
  );
}

function readStudy(): StudyName {
  const [name = ""] = positionals;
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
  return source === undefined || part.study === "local-search"
    ? recordedModels(part, values.cassettes)
    : liveModels(part, source);
}

function modeOf(study: StudyName, source: LiveSource | undefined): string {
  if (study === "local-search") return "local search";
  if (source === undefined) return "replay";
  return study === "local-model" ? "local model" : "live";
}

function printTask({ name }: StudyTask, result: StudyResult): void {
  console.log(`\n${name}\n${textTable(studyTable(result))}`);
  for (const { cell, errors } of result.rows) for (const error of errors) console.log(`${cell}: ${error}`);
}

if (values.help) console.log(help);
else {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof TracegradError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
