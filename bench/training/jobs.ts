/**
 * What is measured of the learning loop: long runs in memory and in a folder, and GEPA's engine. No model, no latency.
 */

import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle, type Parameter, parameter, type TrainOptions, type TrainResult, train } from "tracegrad";
import { split } from "tracegrad/data";
import type { Algorithm } from "tracegrad/extend";
import { Optimizer } from "tracegrad/optimizers";
import { gepa, strict } from "tracegrad/search";

/** A number with a name, as a job gives them. */
export type Figures = Readonly<Record<string, number>>;

/** Each proposal is a program that was never there: the next number of the line, or of this process in a search. */
function counting(): Algorithm<number> {
  let last = 0;
  return {
    name: "counting",
    init: () => 0,
    propose: async (_credit, memory, { parameters, sampleKey }) => {
      last = sampleKey === undefined ? memory + 1 : last + 1;
      const [prompt] = parameters as [Parameter<string>];
      const updates = [{ parameter: prompt, value: String(last) }];
      return [{ updates, reasoning: "", refused: [], exchanges: [] }, last];
    },
  };
}

const answer = bundle(function answer(prompt: string, input: number): string {
  return `${prompt}:${input}`;
});

/** The same made-up score for a program and an example, here and in `peer.py`. */
function scoreOf(candidate: number, example: number): number {
  return ((candidate * 7_919 + example * 104_729) % 1_009) / 1_008;
}

type Options = TrainOptions<number, string, number>;

function optionsOf(train_: number, validation: number, feedback: number, changes: Partial<Options>): Options {
  const prompt = parameter("0", { name: "prompt" });
  const text = "x".repeat(feedback);
  const rows = Array.from({ length: train_ + validation }, (_, index) => ({ input: index, target: index }));
  return {
    agent: (input: number) => answer(prompt, input),
    optimizer: new Optimizer([prompt], counting()),
    guide: (input, output) => ({ score: scoreOf(Number(output.split(":")[0]), input), text }),
    data: split(rows, { train: train_, validation }),
    order: "given",
    ...changes,
  };
}

/** Processor time of this process in milliseconds, all threads. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Trains, and gives the processor time of each step. */
async function timed(options: Options): Promise<{ readonly result: TrainResult; readonly steps: readonly number[] }> {
  const steps: number[] = [];
  const run = train(options);
  let last = 0;
  run.on((event) => {
    if (event.type !== "round") return;
    const now = processorMs();
    if (event.step > 0) steps.push(now - last);
    last = now;
  });
  return { result: await run.result, steps };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * How long a step takes, and how much longer at the end than at the beginning. The first steps, which compile, are left
 * out.
 */
function stepFigures(steps: readonly number[]): Figures {
  const tenth = Math.floor(steps.length / 10);
  const warm = steps.slice(tenth);
  return { "ms a step": mean(steps), "last tenth to second": mean(warm.slice(-tenth)) / mean(warm.slice(0, tenth)) };
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const place = mkdtempSync(join(tmpdir(), "tracegrad-bench-"));
  try {
    return await work(join(place, "run"));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function megabytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0) / 1e6;
}

/** 1,000 steps over 20 validation examples, in memory. */
async function stepsInMemory(): Promise<Figures> {
  const { steps } = await timed(optionsOf(20, 20, 0, { budget: { steps: 1_000 } }));
  return stepFigures(steps);
}

/** The same in a folder. */
function stepsInFolder(): Promise<Figures> {
  return inFolder(async (folder) => {
    const { steps } = await timed(optionsOf(20, 20, 0, { budget: { steps: 1_000 }, folder }));
    return { ...stepFigures(steps), MB: megabytesIn(folder) };
  });
}

/** 100 steps over 500 examples with 300 characters of feedback each. */
function largeEvaluations(): Promise<Figures> {
  return inFolder(async (folder) => {
    const { steps } = await timed(optionsOf(20, 500, 300, { budget: { steps: 100 }, folder }));
    return { ...stepFigures(steps), MB: megabytesIn(folder) };
  });
}

/** 20 steps over 10,000 examples with 3,000 characters of feedback each, stopped half way and resumed. */
function hugeEvaluations(): Promise<Figures> {
  return inFolder(async (folder) => {
    const given = { budget: { steps: 20 }, folder };
    const controller = new AbortController();
    const first = train(optionsOf(20, 10_000, 3_000, { ...given, signal: controller.signal }));
    first.on((event) => {
      if (event.type === "round" && event.step === 10) controller.abort();
    });
    await first.result;
    const began = processorMs();
    const { spent, candidates } = await train(optionsOf(20, 10_000, 3_000, given)).result;
    const judged = spent.evaluations === 20 + 21 * 10_000 && candidates.length === 21;
    return {
      "steps done": judged ? spent.steps : Number.NaN,
      "s resumed": (processorMs() - began) / 1_000,
      MB: megabytesIn(folder),
    };
  });
}

/** GEPA's engine: processor time for a evaluation, in microseconds. */
async function gepaEngine(validation: number, evaluations: number): Promise<Figures> {
  const data = Math.max(20, validation);
  // As the reference: a child joins when its minibatch says so, and nothing is tested.
  const search = gepa({ maxMerges: 0, gate: strict() });
  const options = optionsOf(data, validation, 0, { search, acceptance: "best", budget: { evaluations } });
  const began = processorMs();
  const { spent, candidates } = await train(options).result;
  return { us: ((processorMs() - began) * 1_000) / spent.evaluations, candidates: candidates.length };
}

/** All jobs, by name. */
export const jobs: Readonly<Record<string, (...sizes: number[]) => Promise<Figures>>> = {
  stepsInMemory,
  stepsInFolder,
  largeEvaluations,
  hugeEvaluations,
  gepaEngine,
};
