/** Runs whose candidates are given, with scores that the test makes up: what ships, and what is said of it. */

import {
  type AcceptanceOptions,
  type Certainty,
  type Node,
  parameter,
  type Run,
  type TrainOptions,
  type TrainResult,
  train,
} from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import * as operators from "tracegrad/operators";
import { Optimizer } from "tracegrad/optimizers";
import type { Search } from "tracegrad/search";

/** Adds some other candidates, scores each on all examples that it may see, and is done. */
const challengers = (count: number): Search => ({
  name: "challengers",
  settings: {},
  ends: true,
  init: () => null,
  async round(_, context) {
    const parents = [context.candidates()[0]?.id as string];
    const requests = Array.from({ length: count }, (_, at) => ({
      values: { choice: at + 1 },
      parents,
      origin: "given",
    }));
    const added = await context.add(requests);
    await context.evaluate(added.map(({ candidate }) => ({ candidate: candidate?.id as string })));
    return { state: null, done: true };
  },
});

/** A number from 0 to 1 by the hash of a text (FNV-1a, mixed): the noise of one evaluation. */
function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The score of a candidate on an example, where `noise` is from 0 to 1. */
export type Metric = (candidate: number, noise: number, input: number) => number;

/** What a test sets. */
export interface Setting {
  readonly metric: Metric;
  readonly examples: number;
  readonly acceptance?: Certainty | AcceptanceOptions;
  /** Default: 1. */
  readonly candidates?: number;
  readonly seed?: number;
  /** Sealed test examples. Default: 0. */
  readonly sealed?: number;
  /** What else `train` is given. */
  readonly more?: Partial<TrainOptions<number, readonly number[], number>>;
}

/** Begins a run. */
export function begin({ metric, examples, acceptance, candidates = 1, seed = 0, sealed = 0, more = {} }: Setting): Run {
  const choice = parameter(0, { name: "choice" });
  return train({
    agent: (input: number): Node<readonly number[]> => operators.makeList(choice, input) as Node<readonly number[]>,
    optimizer: new Optimizer(choice, idle),
    guide: code((input, output: readonly number[]) =>
      metric(Number(output[0]), chance(`${seed} ${output.join(" ")}`), Number(input)),
    ),
    data: split(rows(examples + sealed + 1), { train: 1, validation: examples }),
    search: challengers(candidates),
    ...(acceptance === undefined ? {} : { acceptance }),
    seed,
    ...more,
  });
}

/** What a run leads to. */
export function run(setting: Setting): Promise<TrainResult> {
  return begin(setting).result;
}

const idle = { name: "idle", init: () => null, propose: () => Promise.reject(new Error("It is never asked.")) };

function rows(count: number) {
  return Array.from({ length: count }, (_, index) => ({ input: index, target: index }));
}
