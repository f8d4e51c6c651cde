/** One recorded run of a search over a program that scores itself: options, answers, console, and the outcome. */

import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { TracegradError, type TrainOptions, type TrainResult, train } from "tracegrad";
import { type LanguageModel, mailbox, record, replay } from "tracegrad/llm";
import { resultText } from "tracegrad/report";
import { evolution, gepa } from "tracegrad/search";
import { answersIn } from "./answers.ts";
import { confineOption } from "./fast-sandbox.ts";
import { outcomeOf, type RunAbout, writeOutcome } from "./outcome.ts";
import { styled } from "./print.ts";
import { removeRun, writeReport } from "./run-folder.ts";
import { runMain } from "./run-main.ts";

/** The searches that are compared, at four answers a round. */
const searches = {
  evolution: (minibatchSize: number) => evolution({ children: 4, minibatchSize, cascade: null }),
  gepa: (minibatchSize: number) => gepa({ parallel: { parents: 2, proposals: 2 }, minibatchSize, maxMerges: 0 }),
};

/** A search by its name on the command line. */
export type SearchName = keyof typeof searches;

/** What a study is, apart from its search. */
export interface SearchStudy<I, O, K> {
  readonly study: string;
  readonly folder: string;
  readonly title: string;
  /** How many training examples a proposal learns from. */
  readonly minibatchSize: number;
  readonly optionsFor: (llm: LanguageModel) => Omit<TrainOptions<I, O, K>, "search" | "budget" | "folder">;
  readonly metric: RunAbout["metric"];
  /** Who gave the recorded answers. */
  readonly answerer: string;
  /** From the score that is maximized to the metric. Default: they are the same. */
  readonly unit?: (score: number) => number;
  readonly notes: string[];
  /** What else is printed at the end, such as yardsticks. */
  readonly conclude?: (result: TrainResult) => string;
}

/** The rounds of the protocol, and the most answers. */
const protocolSteps = 6;
const protocolAnswers = 40;

const options = {
  search: { type: "string", default: "evolution" },
  mailbox: { type: "string" },
  steps: { type: "string", default: String(protocolSteps) },
  answers: { type: "string", default: String(protocolAnswers) },
  out: { type: "string" },
  ...confineOption,
  write: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

const helpOf = ({ study, title }: SearchStudy<never, never, never>) => `${title}

  npx tsx --conditions=@tracegrad/source examples/${study}/main.ts [--search NAME]

  --search NAME  evolution (default) or gepa: replays its recorded answers, without a key
  --mailbox DIR  write each prompt to DIR, wait for its answer, and record it; a run that was stopped goes on
  --steps N      do only the first rounds of ${protocolSteps}, without the sealed test (default: all)
  --answers N    end after so many answers (default: ${protocolAnswers})
  --out DIR      the run folder (default runs/${study}/<search>)
  --confine HOW  the sandbox of the learned code: bubblewrap (default), or permissions, which is weaker
  --write        write the outcome to examples/${study}/results; with --mailbox as that of a live run`;

/** Runs the study by the command line. */
export async function runSearchStudy<I, O, K>(study: SearchStudy<I, O, K>): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(helpOf(study as unknown as SearchStudy<never, never, never>));
    return;
  }
  await runMain(async () => {
    if (!isSearch(values.search)) {
      throw new TracegradError(
        "bad-option",
        `--search is ${Object.keys(searches).join(" or ")}, not ${values.search}.`,
      );
    }
    const steps = countOf("steps", values.steps, protocolSteps);
    const answers = countOf("answers", values.answers, protocolAnswers);
    const result = await runSearch(study, values.search, { ...values, steps, answers });
    if (values.write)
      console.log(`Written: ${writeResult(study, { name: values.search, box: values.mailbox }, result)}`);
  });
}

function countOf(option: string, text: string, most: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= most) return count;
  throw new TracegradError("bad-option", `--${option} is a whole number from 1 to ${most}, not ${text}.`);
}

function isSearch(name: string): name is SearchName {
  return Object.hasOwn(searches, name);
}

interface RunChoice {
  readonly mailbox?: string;
  readonly steps: number;
  readonly answers: number;
  readonly out?: string;
}

async function runSearch<I, O, K>(
  { study, folder, title, minibatchSize, optionsFor, conclude }: SearchStudy<I, O, K>,
  name: SearchName,
  { mailbox: box, steps, answers, out = join("runs", study, name) }: RunChoice,
): Promise<TrainResult> {
  const cassette = cassetteOf(folder, name);
  const file = relative(process.cwd(), cassette);
  const llm = box === undefined ? replay(cassette) : record(mailbox(box), cassette);
  console.log(`${styled("bold", title)} Search: ${name}, ${steps} rounds of 4 answers.`);
  if (box === undefined) console.log(`Mode: replay. The answers are those in ${file}; all else runs now.\n`);
  else console.log(`Mode: live. Prompts go to ${box}; answers are recorded in ${file}.\n`);
  if (box === undefined) removeRun(out);
  const search = searches[name](minibatchSize);
  const isShort = steps < protocolSteps && { test: false };
  const run = train({ ...optionsFor(llm), ...isShort, search, budget: { steps, llmCalls: answers }, folder: out });
  run.on((event) => {
    if (event.type !== "evaluation" || event.split !== "validation") return;
    console.log(`round ${event.step}: ${event.result.mean.toFixed(6)}`);
  });
  const result = await run.result;
  console.log(`\n${resultText(result)}${conclude?.(result) ?? ""}\nReport: ${await writeReport(out)}`);
  return result;
}

function cassetteOf(folder: string, name: SearchName): string {
  return join(folder, "cassettes", `${name}.cassette.json.gz`);
}

function writeResult<I, O, K>(
  { study, folder, metric, unit, answerer, notes }: SearchStudy<I, O, K>,
  { name, box }: { readonly name: SearchName; readonly box: string | undefined },
  result: TrainResult,
): string {
  const about: RunAbout = {
    study,
    condition: { search: name },
    trial: 1,
    mode: [box === undefined ? "replay" : "live"],
    ...answersIn(cassetteOf(folder, name)),
    answerer,
    command: `npx tsx --conditions=@tracegrad/source examples/${study}/main.ts --search ${name}`,
    metric,
    notes: [...notes, `${result.spent.llmCalls} answers.`],
  };
  return writeOutcome(folder, name, outcomeOf(about, result, unit));
}
