/**
 * The Pong demo: a language model learns to play by rewriting two functions. Without options it replays a recorded run:
 * the model's answers come from a cassette, everything else (games, traces, feedback, the rewritten code) happens for real.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import {
  type LanguageModel,
  loadSandbox,
  mailbox,
  model,
  OptoPrime,
  record,
  replay,
  TracegradError,
  withParameters,
} from "tracegrad";
import { anthropic } from "tracegrad/llm/anthropic";
import { PongAgent } from "./agent.ts";
import { evaluationSeeds, type LoopOptions, learn, type Turn } from "./learn.ts";
import { evaluate } from "./play.ts";
import { programDiff, scoreCurve, scoreLine, styled } from "./print.ts";

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
    --out DIR      where the trace and the programs are written (default runs/pong)`;

interface DemoOptions extends LoopOptions {
  readonly llm: LanguageModel;
  /** Where the model's answers come from, in a sentence. */
  readonly source: string;
  readonly out: string;
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
  const answered = asked === undefined ? replay(values.cassette) : asked;
  const llm = asked !== undefined && values.record !== undefined ? record(asked, values.record) : answered;
  const number = (name: "steps" | "horizon" | "seed", least: number) => wholeNumber(name, values[name], least);
  const source =
    asked === undefined ? `The answers are replayed from ${values.cassette}.` : `The answers come from ${llm.name}.`;
  return {
    llm,
    source,
    out: values.out,
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

async function demo({ llm, source, out, ...loop }: DemoOptions): Promise<void> {
  console.log(styled("bold", "Learning to play Pong (simulator) by rewriting two functions."));
  console.log(source);
  console.log(
    `Seed ${loop.seed}, horizon ${loop.horizon}, ${loop.steps} steps; each program plays 10 games it never trained on.\n`,
  );
  await loadSandbox();
  const agent = model(PongAgent);
  const optimizer = new OptoPrime(agent, { llm, memory: 2, maxPromptTokens: 9_000 });
  const turns: Turn[] = [];
  for await (const turn of learn(agent, optimizer, loop)) {
    turns.push(turn);
    console.log(scoreLine(turn.step === 0 ? "start" : `step ${turn.step}`, turn.evaluation));
    const refused = turn.update?.refused[0];
    if (refused !== undefined)
      console.log(styled("red", `         the proposal was refused: ${refused.reason.split("\n")[0]}`));
  }
  await conclude(agent, turns, { out, seed: loop.seed });
}

type Agent = Parameters<typeof evaluate>[0];

async function conclude(
  agent: Agent,
  turns: readonly Turn[],
  { out, seed }: { out: string; seed: number },
): Promise<void> {
  const [first] = turns as [Turn, ...Turn[]];
  const best = turns.reduce((leader, turn) => (turn.evaluation.mean > leader.evaluation.mean ? turn : leader));
  console.log(`\n${scoreCurve(turns.map((turn) => turn.evaluation.mean))}\n`);
  console.log(styled("bold", `What changed, from the start to the best program (step ${best.step})`));
  console.log(programDiff(first.state, best.state));
  // The best of several programs was chosen on the games above, so it is judged on ten others.
  const fresh = evaluationSeeds(seed, 5_000);
  const before = await withParameters(first.state, () => evaluate(agent, fresh));
  const after = await withParameters(best.state, () => evaluate(agent, fresh));
  console.log(styled("bold", "On ten more games that decided nothing so far"));
  console.log(scoreLine("start", before));
  console.log(scoreLine("learned", after));
  const models = new Set(turns.flatMap((turn) => turn.update?.exchanges.map(({ reply }) => reply.model) ?? []));
  console.log(
    `\nThe functions were rewritten by ${[...models].join(", ") || "nobody"}; games, traces and scores are of this run.`,
  );
  console.log(`The mean score rose by ${(after.mean - before.mean).toFixed(1)} points (a game ends at 21).`);
  await save(turns, best, out);
}

async function save(turns: readonly Turn[], best: Turn, out: string): Promise<void> {
  mkdirSync(out, { recursive: true });
  const write = (name: string, text: string) => {
    writeFileSync(join(out, name), text);
    return join(out, name);
  };
  const files = Object.entries(best.state.values).map(([name, source]) => write(`${name}.ts`, `${String(source)}\n`));
  const learning = turns.find((turn) => turn.learning !== undefined)?.learning;
  if (learning !== undefined) {
    files.push(write("trace.dot", learning.toDot()), write("trace.svg", await learning.toSvg()));
  }
  console.log(`Written: ${files.join(", ")}`);
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
