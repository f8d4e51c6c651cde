/** The prompt demo from start to end: trains, and prints what was learned, what it is worth and what to do next. */

import { join } from "node:path";
import { type ScoredCandidate, type TrainResult, train } from "tracegrad";
import { type LanguageModel, replay } from "tracegrad/llm";
import { consoleProgress, readRun, verdictLines } from "tracegrad/report";
import type { Demonstration } from "tracegrad/search";
import { type NextStep, nextSteps, scoreLine, styled, textDiff } from "../shared/print.ts";
import { removeRun, writeReport } from "../shared/run-folder.ts";
import { type Extractor, makeExtractor, promptOf } from "./agent.ts";
import { type LearningMethod, optionsOf } from "./setups.ts";

/** Whose answers a run uses. */
export interface DemoModels {
  readonly method: LearningMethod;
  readonly agent: LanguageModel;
  /** The model that OptoPrime asks. */
  readonly optimizer: LanguageModel;
  /** Where the answers come from, in a sentence. */
  readonly source: string;
}

/** How a demo runs and ends. */
export interface DemoOptions {
  /** The run folder. */
  readonly out: string;
  readonly resume?: boolean;
  readonly print: (text: string) => void;
  /** What to do next, after the report. */
  readonly next: (report: string) => readonly NextStep[];
}

/** The cassette of the agent's or the optimizer's answers. */
export function cassetteOf(method: LearningMethod, role: "agent" | "optimizer"): string {
  return join(import.meta.dirname, method, `${role}.cassette.json`);
}

/** The answers of the recorded run of a method. The package holds those of `optoprime` alone. */
export function loadRecordedModels(method: LearningMethod = "optoprime"): DemoModels {
  const agent = replay(cassetteOf(method, "agent"));
  const optimizer = method === "optoprime" ? replay(cassetteOf(method, "optimizer")) : agent;
  const models = method === "optoprime" ? `${agent.name} and Claude` : agent.name;
  const source = `This is a replay: the answers of ${models} are recorded. Everything else runs now.`;
  return { method, agent, optimizer, source };
}

const range = { low: 0, high: 1 };

const methodTexts: Readonly<Record<LearningMethod, string>> = {
  optoprime:
    "In each of 5 steps it answers 3 sentences; where it errs, OptoPrime asks a strong model to rewrite the prompt.",
  bootstrap: "Eight sets of training examples compete for a place in the prompt.",
};

/** Trains and prints. */
export async function runDemo(
  { method, agent, optimizer, source }: DemoModels,
  options: DemoOptions,
): Promise<TrainResult> {
  const { out, resume = false, print, next } = options;
  const extractor = makeExtractor(agent);
  const setup = optionsOf(method, extractor, optimizer);
  print(styled("bold", "Learning a prompt for a model of 135 million parameters: sentence → name|department|year."));
  print(`${methodTexts[method]}\n${source}\n`);
  if (!resume) removeRun(out);
  const run = train({ ...setup, folder: out });
  // On a terminal a bar goes on at the bottom; elsewhere the scores are enough.
  const progress = process.stderr.isTTY ? consoleProgress(process.stderr) : undefined;
  const scored = new Set<string>();
  run.on((event) => {
    progress?.(event);
    // A step that changes nothing has the score of its candidate again.
    if (event.type !== "evaluation" || event.split !== "validation" || scored.has(event.candidate)) return;
    if (scored.size === 0) print(styled("bold", "Exact matches on 10 validation sentences"));
    print(scoreLine(scored.size === 0 ? "baseline" : `prompt ${scored.size}`, event.result, range));
    scored.add(event.candidate);
  });
  const result = await run.result.finally(() => progress?.close());
  print(styled("bold", "\nWhat was learned"));
  print(textDiff("prompt", promptIn(extractor, result.baseline), promptIn(extractor, result.best)) || "Nothing.\n");
  for (const line of await testLines(result, out)) print(line);
  const report = await writeReport(out);
  print(`\nReport: ${report}\n`);
  print(nextSteps(next(report)));
  return result;
}

/** The scores of baseline and learned prompt on the sealed test data, with what the model wrote about three examples. */
async function testLines({ baseline, best, test, verdict }: TrainResult, out: string): Promise<readonly string[]> {
  if (test === undefined) return [];
  const { evaluations } = await readRun(out);
  const read = await evaluations(({ split }) => split === "test");
  const outputOf = (candidate: string, sentence: unknown) =>
    JSON.stringify(read.find((one) => one.candidate === candidate && one.input === sentence)?.output);
  const sentences = read.filter(({ candidate }) => candidate === best.id).map(({ input }) => input);
  const answers = sentences
    .slice(0, 3)
    .flatMap((sentence) => [
      String(sentence),
      `  baseline  ${outputOf(baseline.id, sentence)}`,
      `  learned   ${outputOf(best.id, sentence)}`,
    ]);
  return [
    styled("bold", "What the model writes about three sentences of the sealed test"),
    ...answers,
    styled("bold", `\nExact matches on the ${sentences.length} sentences of the sealed test, which decided nothing`),
    scoreLine("baseline", test.baseline, range),
    scoreLine("learned", test.best, range),
    ...(verdict === undefined ? [] : verdictLines(verdict)),
  ];
}

/** The prompt with the values of a candidate; an untrained parameter has its first value. */
function promptIn({ instruction, examples }: Extractor, { values }: ScoredCandidate): string {
  const { instruction: text = instruction.data, examples: shown = examples.data } = values;
  return promptOf(text as string, shown as readonly Demonstration[], "…");
}
