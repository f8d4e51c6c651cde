/** What a problem of the benchmark is: a program with parameters, a judge, and the score of the best program. */

import { ExecutionError, type Json, type Node, type Parameter, parametersOf, untraced } from "tracegrad";
import { type Example, type Split, split } from "tracegrad/data";
import type { Guide } from "tracegrad/guides";
import type { ScriptedAnswer } from "tracegrad/testing";
import { type Rng, seeded } from "../../src/util/rng.ts";
import type { Prompt } from "./prompt.ts";

/** A fresh copy of a problem: parameters at their first values, to be trained once. */
export interface BenchTask {
  readonly agent: (input: unknown) => Node | Promise<Node>;
  /** The trainable parameters. */
  readonly parameters: readonly Parameter[];
  readonly data: Split;
  /** Judges in training, with the problem's noise. */
  readonly guide: Guide;
  /** The same judge without noise. */
  readonly exact: Guide;
  /** What the true score is the mean over: the sealed test examples, or the only examples there are. */
  readonly exam: readonly Example[];
  /** The standard deviation of the noise of `guide`; 0 when it is `exact`. */
  readonly noise: number;
}

/** One problem: drawn from its family by a seed. */
export interface BenchProblem {
  /** The family, and what the seed chose of it. */
  readonly name: string;
  readonly family: string;
  /** The true score of the best program. */
  readonly optimum: number;
  /** The parameter values of a best program, by name. */
  readonly best: Values;
  make(): BenchTask;
}

/** Parameter values by name: a whole program, or the changes of a proposal. */
export type Values = Readonly<Record<string, Json>>;

/** What may be set on every family. */
export interface Dial {
  /**
   * The standard deviation of what is added to each score in training. Default: 0; a family may have noise of its own.
   */
  readonly noise?: number;
}

/** How a proposer changes a program of a family, from nothing but the prompt. */
export interface Moves {
  /**
   * The change that the feedback in the prompt tells; undefined when it tells none. Left out by a family without words.
   */
  readonly told?: (prompt: Prompt, rng: Rng) => Values | undefined;
  /** A random valid change. Default: one variable takes a neighbouring value that its constraint allows. */
  readonly random?: (prompt: Prompt, rng: Rng) => Values;
  /** What is answered where something else than values is asked for; undefined where it has nothing to say. */
  readonly answer?: (asked: Asked) => ScriptedAnswer | undefined;
}

/** A question of an optimizer that is no question for values, such as ACE's for a reflection. */
export interface Asked {
  readonly prompt: Prompt;
  /** The name of the tool that the answer is wanted for. */
  readonly tool: string | undefined;
  /** Whether the answer shall make use of what was said. */
  readonly isRight: boolean;
  readonly rng: Rng;
}

/** A family of problems, with the moves that fit the words of its judge. */
export interface Family {
  readonly name: string;
  /** What it is, and what it can show, in a sentence. */
  readonly about: string;
  readonly moves: Moves;
  problem(seed: number, dial?: Dial): BenchProblem;
}

/** What a family says of one task; {@link taskOf} adds the rest. */
export interface TaskParts<I, O, K> {
  readonly agent: (input: I) => Node<O> | Promise<Node<O>>;
  readonly parameters: unknown;
  readonly guide: (input: I, output: O, target: K) => { readonly score: number; readonly text: string };
  readonly rows: readonly { readonly input: I; readonly target: K }[];
  /** How many rows are for training and for validation; the rest is the exam. Left out: all rows are all three. */
  readonly parts?: { readonly train: number; readonly validation: number };
  readonly noise: { readonly seed: string; readonly size: number };
}

/** A task from what its family says of it. */
export function taskOf<I, O, K>({ agent, parameters, guide, rows, parts, noise }: TaskParts<I, O, K>): BenchTask {
  const data: Split<I, K> = split(rows, {
    ...(parts ?? { train: rows.length, validation: "train" }),
    allowOverlap: "Small problems may repeat an instance.",
  });
  const exact = guide as Guide;
  return {
    agent: agent as BenchTask["agent"],
    parameters: parametersOf(parameters),
    data,
    exact,
    guide: noise.size === 0 ? exact : noisy(exact, noise),
    exam: parts === undefined ? data.validation : data.test.read(),
    noise: noise.size,
  };
}

/** Rows of a problem with one instance: several when its scores are noisy, so that they can be averaged. */
export function instance<K>(target: K, noise: number): readonly { readonly input: number; readonly target: K }[] {
  return Array.from({ length: noise > 0 ? 8 : 1 }, (_, input) => ({ input, target }));
}

/**
 * Adds normal noise to the scores. It is decided by the seed, the example, the output, and how often that output was
 * judged on that example before; so it is fresh at each visit and does not depend on the order of other visits.
 */
function noisy(guide: Guide, { seed, size }: { readonly seed: string; readonly size: number }): Guide {
  const visits = new Map<string, number>();
  return async (input, output, target, context) => {
    const judgement = await guide(input, output, target, context);
    const key = JSON.stringify([context.exampleId, output]);
    const visit = visits.get(key) ?? 0;
    visits.set(key, visit + 1);
    return { ...judgement, score: judgement.score + size * gaussian(seeded(`${seed}/noise/${key}/${visit}`)) };
  };
}

/** A number from the standard normal distribution (Box-Muller). */
export function gaussian(rng: Rng): number {
  return Math.sqrt(-2 * Math.log(1 - rng.float())) * Math.cos(2 * Math.PI * rng.float());
}

/** A number from `low` up to, but not including, `high`. */
export function between(rng: Rng, low: number, high: number): number {
  return low + (high - low) * rng.float();
}

/** One of the items, each equally likely. */
export function pick<T>(items: readonly T[], rng: Rng): T {
  if (items.length === 0) throw new Error("There is nothing to pick from.");
  return items[rng.integer(items.length)] as T;
}

/** `value` with so many digits behind the point. */
export function rounded(value: number, digits = 4): number {
  return Number(value.toFixed(digits));
}

/** The score of a loss of which the least is 0: 1 for none, falling to 0. */
export function scoreOfLoss(loss: number): number {
  return 1 / (1 + loss);
}

/** The true score of the values that are live in the caller's context: without noise, on the exam. */
export async function trueScore({ agent, exact, exam }: BenchTask): Promise<number> {
  let sum = 0;
  for (const { id, input, target } of exam) sum += await scoreOn(id, input, target);
  return sum / exam.length;

  async function scoreOn(exampleId: string, input: unknown, target: unknown): Promise<number> {
    try {
      const output = await untraced(async () => agent(input));
      return (await exact(input, output.data, target, { exampleId, signal: undefined })).score;
    } catch (error) {
      if (error instanceof ExecutionError) return 0;
      throw error;
    }
  }
}
