/**
 * The Pong demo: a language model learns to play by rewriting two functions. Without options it replays a recorded run:
 * the model's answers come from a cassette, everything else (games, traces, feedback, the rewritten code) happens for
 * real.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { episodic, type LearningGraph, model, TracegradError, type TrainResult, train } from "tracegrad";
import { seeds } from "tracegrad/data";
import { environmentTask } from "tracegrad/environments";
import { type LanguageModel, mailbox, record, replay } from "tracegrad/llm";
import { anthropic } from "tracegrad/llm/anthropic";
import { optoPrime } from "tracegrad/optimizers";
import { consoleProgress } from "tracegrad/report";
import { answersIn } from "../shared/answers.ts";
import { outcomeOf, type RunAbout, writeOutcome } from "../shared/outcome.ts";
import { nextSteps, scoreLine, styled } from "../shared/print.ts";
import { removeRun, writeReport } from "../shared/run-folder.ts";
import { PongAgent } from "./agent.ts";
import { programDiff, scoreCurve, scoreRange } from "./print.ts";
import { feedbackOn, PongWorld } from "./world.ts";

const cassette = relative(process.cwd(), join(import.meta.dirname, "pong.cassette.json"));

const help = `The Pong demo (an object-level simulator, not an emulator).

  npm run demo                        replay the recorded run, no key needed
  npm run demo -- --live              ask Claude (ANTHROPIC_API_KEY; --model NAME)
  npm run demo -- --mailbox DIR       write each prompt to DIR and wait for its answer
    --steps N      optimizer steps (default 3)
    --horizon N    steps of the episode the optimizer sees (default 400)
    --seed N       decides the games (default 7)
    --record FILE  keep the answers of --live or --mailbox in a cassette
    --cassette F   replay another cassette
    --out DIR      the run folder, with the journal, the trace and the programs (default runs/pong)
    --resume       go on with the run in that folder instead of starting anew
    --write        write the outcome of the replay to examples/pong/results`;

interface DemoOptions {
  readonly llm: LanguageModel;
  /** Where the model's answers come from, in a sentence. */
  readonly source: string;
  readonly out: string;
  readonly resume: boolean;
  /** The cassette whose replay is written as an outcome. */
  readonly written: string | undefined;
  readonly steps: number;
  readonly horizon: number;
  readonly seed: number;
}

function readOptions(): DemoOptions {
  const { values } = parseArgs({
    options: {
      live: { type: "boolean", default: false },
      mailbox: { type: "string" },
      model: { type: "string", default: "claude-sonnet-5-5" },
      steps: { type: "string", default: "3" },
      horizon: { type: "string", default: "400" },
      seed: { type: "string", default: "7" },
      record: { type: "string" },
      cassette: { type: "string", default: cassette },
      out: { type: "string", default: join("runs", "pong") },
      resume: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    process.exit(0);
  }
  const asked = values.live
    ? anthropic(values.model)
    : values.mailbox === undefined
      ? undefined
      : mailbox(values.mailbox);
  const recorded = asked !== undefined && values.record !== undefined ? record(asked, values.record) : asked;
  const llm = recorded ?? replay(values.cassette);
  if (values.write && asked !== undefined) {
    throw new TracegradError("bad-option", "--write is for a replay. Record the answers, then replay them.");
  }
  const source =
    asked === undefined ? `The answers are replayed from ${values.cassette}.` : `The answers come from ${llm.name}.`;
  const number = (name: "steps" | "horizon" | "seed", least: number) => wholeNumber(name, values[name], least);
  const { out, resume } = values;
  return {
    llm,
    source,
    out,
    resume,
    written: values.write ? values.cassette : undefined,
    steps: number("steps", 0),
    horizon: number("horizon", 1),
    seed: number("seed", 0),
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new TracegradError("bad-option", `--${name} is a whole number, ${least} or more; got "${text}".`);
}

/** `count` seeds in a row. */
function range(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

async function demo(options: DemoOptions): Promise<void> {
  const { llm, source, out, resume, written, steps, horizon, seed } = options;
  console.log(styled("bold", "Learning to play Pong (simulator) by rewriting two functions."));
  console.log(source);
  console.log(`Seed ${seed}, horizon ${horizon}, ${steps} steps; each program plays 10 games it never trained on.\n`);
  if (!resume) removeRun(out);
  const agent = model(PongAgent);
  const run = train({
    optimizer: optoPrime(agent, { llm, memorySize: 2 }),
    environment: environmentTask({
      agent: agent.act,
      make: () => new PongWorld(),
      maxSteps: 400,
      scoredSteps: 4_000,
      feedback: feedbackOn,
    }),
    // A training game a step; ten games to choose by, and ten that decide nothing, for the last word.
    data: seeds({ train: range(seed, 100), validation: range(seed + 1_000, 10), test: range(seed + 5_000, 10) }),
    order: "given",
    template: episodic({ horizon }),
    budget: { steps },
    failureScore: -21,
    concurrency: 1,
    folder: out,
    test: true,
  });
  let learning: LearningGraph | undefined;
  // On a terminal a bar goes on at the bottom; elsewhere the scores are enough.
  const progress = process.stderr.isTTY ? consoleProgress(process.stderr) : undefined;
  run.on((event) => {
    progress?.(event);
    if (event.type === "step") learning ??= event.graph as LearningGraph;
    if (event.type !== "evaluation" || event.split !== "validation") return;
    console.log(scoreLine(event.step === 0 ? "baseline" : `step ${event.step}`, event.result, scoreRange));
  });
  const result = await run.result.finally(() => progress?.close());
  conclude(result);
  await save(result, learning, out);
  if (written !== undefined) console.log(`Written: ${write(result, written, horizon)}`);
}

function write(result: TrainResult, file: string, horizon: number): string {
  const about = {
    study: "pong",
    condition: { horizon: String(horizon) },
    trial: 1,
    mode: ["replay", "simulator"],
    ...answersIn(file),
    answerer: "one Claude agent that stayed with the run, through the mailbox",
    command: "npm run demo",
    metric: { name: "points a game", better: "higher" },
    notes: ["An object-level simulator, not Atari."],
  } satisfies RunAbout;
  return writeOutcome(import.meta.dirname, `horizon-${horizon}`, outcomeOf(about, result));
}

function conclude({ baseline, best, candidates, test }: TrainResult): void {
  console.log(`\n${scoreCurve(candidates.map((candidate) => candidate.validation?.mean ?? -21))}\n`);
  console.log(styled("bold", `What changed, from the baseline to the best candidate (step ${best.step})`));
  console.log(programDiff(baseline, best));
  if (test === undefined) return;
  console.log(styled("bold", "On ten more games that decided nothing so far"));
  console.log(scoreLine("baseline", test.baseline, scoreRange));
  console.log(scoreLine("learned", test.best, scoreRange));
  console.log(
    `\nThe mean score rose by ${(test.best.mean - test.baseline.mean).toFixed(1)} points (a game ends at 21).`,
  );
}

async function save({ best }: TrainResult, learning: LearningGraph | undefined, out: string): Promise<void> {
  mkdirSync(out, { recursive: true });
  const write = (name: string, text: string) => {
    writeFileSync(join(out, name), text);
    return join(out, name);
  };
  const files = Object.entries(best.values).map(([name, text]) => write(`${name}.ts`, `${String(text)}\n`));
  if (learning !== undefined)
    files.push(write("trace.dot", learning.toDot()), write("trace.svg", await learning.toSvg()));
  const report = await writeReport(out);
  console.log(`Written: ${[...files, report].join(", ")}\n`);
  console.log(
    nextSteps([
      [report, "open it in a browser: every game with its score, and each rewrite"],
      ["npm run demo:prompt", "the same loop learns a prompt for a small model"],
      ["npm run demo -- --mailbox prompts", "be the optimizer, or let a coding agent be it (docs/pong.md)"],
    ]),
  );
}

try {
  await demo(readOptions());
} catch (error) {
  if (!(error instanceof TracegradError)) throw error;
  console.error(styled("red", error.message));
  if (error.code === "no-recorded-answer") {
    console.error(
      "The recorded run has other options or another program. Use --live or --mailbox for a run of your own.",
    );
  }
  process.exitCode = 1;
}
