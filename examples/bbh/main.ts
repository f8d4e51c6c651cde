/**
 * The batch-size study on real text: how many experiences should one update see? The language model's responses are
 * recorded, so it needs no key; the optimizer is LocalSearch and no language model, and says so.
 */

import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { batch, model, study, TracegradError } from "tracegrad";
import { split } from "tracegrad/data";
import { multipleChoice } from "tracegrad/guides";
import { localSearch } from "tracegrad/optimizers";
import { readRun, type StudyTrial, spreadText } from "tracegrad/report";
import { outcomeOf, type RunAbout, writeOutcome } from "../shared/outcome.ts";
import { Predict } from "./agent.ts";
import { loadRecorded } from "./data.ts";
import { programs } from "./space.ts";

const help = `Learns to read answers out of recorded responses, with batches of 1, 3 and 5.

  npx tsx --conditions=@tracegrad/source examples/bbh/main.ts [--data FILE] [--trials N] [--out DIR] [--write]

  --data FILE    recorded outputs of a BIG-Bench Hard task (github.com/suzgunmirac/BIG-Bench-Hard, folder
                 code-davinci-002-outputs/code-davinci-002-cot); default: a few rows of our own
  --trials N     trials a batch size (default 3)
  --out DIR      where the runs are kept, to be resumed (default runs/bbh)
  --write        write the outcomes to examples/bbh/results`;

const { values } = parseArgs({
  options: {
    data: { type: "string", default: join(import.meta.dirname, "sample.json") },
    trials: { type: "string", default: "3" },
    out: { type: "string", default: join("runs", "bbh") },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

async function main(): Promise<void> {
  const recorded = await loadRecorded(values.data);
  // The paper's split, in the order of the data: 15 to learn from, 10 to choose by, the rest is sealed. Less for the
  // sample.
  const [train, validation] = recorded.length >= 50 ? [15, 10] : [6, 4];
  const compared = study(
    ({ batch: size }, { seed }) => {
      const agent = model(Predict, recorded);
      return {
        agent: agent.answer,
        optimizer: localSearch(agent, { space: { extract_answer: programs }, seed }),
        template: batch(size),
        guide: multipleChoice(),
        data: split(recorded, { train, validation }),
        budget: { steps: 15 },
        seed,
      };
    },
    { batch: [1, 3, 5] },
    { trials: Number(values.trials), folder: join(values.out, basename(values.data, ".json")) },
  );
  console.log(`${recorded.length} recorded responses of ${basename(values.data)}; optimizer: LocalSearch (no LLM).`);
  const { rows } = await compared.result;
  console.log("batch   start (test) [95%]      learned (test) [95%]");
  for (const { choice, baseline, best, trials } of rows) {
    const [before, after] = [spreadText(baseline), spreadText(best)];
    console.log(`${String(choice.batch).padEnd(7)} ${before.padEnd(24)} ${after}   ${failuresOf(trials)}`);
    if (values.write) for (const trial of trials) await write(basename(values.data, ".json"), choice.batch, trial);
  }
}

/** Writes the outcome of one trial, which its run folder holds. */
async function write(task: string, size: number, { index, folder }: StudyTrial): Promise<void> {
  const isSample = task === "sample";
  const about = {
    study: "bbh",
    condition: { task: isSample ? "own rows" : task, batch: String(size) },
    trial: index,
    mode: ["local search"],
    models: isSample ? [] : ["code-davinci-002"],
    ...(isSample ? {} : { answerer: "recorded by the authors of BIG-Bench Hard" }),
    date: new Date().toISOString().slice(0, 10),
    command: `npx tsx --conditions=@tracegrad/source examples/bbh/main.ts${isSample ? "" : ` --data ${task}.json`}`,
    metric: { name: "accuracy", better: "higher" },
    notes: [],
  } satisfies RunAbout;
  writeOutcome(
    import.meta.dirname,
    `${task}-batch-${size}-${index}`,
    outcomeOf(about, await readRun(folder as string)),
  );
}

function failuresOf(trials: readonly { readonly error?: string | undefined }[]): string {
  const failed = trials.filter(({ error }) => error !== undefined);
  return failed.length === 0 ? "" : `${failed.length} failed: ${failed[0]?.error}`;
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
