/** The options of PrioritySearch, with their defaults and checks. */

import type { Vector } from "../../math/epsilon-net.ts";
import type { Json } from "../../util/decode.ts";
import {
  count,
  flag,
  group,
  must,
  number,
  type OptionCheck,
  type OptionTable,
  oneOf,
  optional,
  recordSettings,
  resolveOptions,
} from "../../util/options.ts";
import { type MinibatchOptions, minibatchTable, type ValidationOptions, validationTable } from "../search/options.ts";

/** What gives priority: the mean score, its upper confidence bound, or age (newest first). */
export type PriorityScore = "mean" | "ucb" | "time";

/** POLCA's filter of new candidates: only those that differ from all evaluated ones are evaluated. */
export interface EpsilonNetOptions {
  /** The distance below which two candidates count as the same. POLCA has 0.1. */
  readonly epsilon: number;
  /**
   * A candidate's values as a point. Default: counts of its character sequences, as a vector of length 1, which needs
   * no model. A model's embedding also sees likeness of meaning; it must give the same vector for the same values each
   * time, or a resumed run will differ.
   */
  readonly embed?: (values: Readonly<Record<string, unknown>>) => Vector | Promise<Vector>;
}

/** Options of {@link prioritySearch}. */
export interface PrioritySearchOptions extends MinibatchOptions, ValidationOptions {
  /**
   * What gives priority to the candidates beside the best one. Default: `ucb`, which returns to candidates with few
   * evaluations; `mean` and `time` (newest first) are OpenTrace's other two.
   */
  readonly score?: PriorityScore;
  /** How many candidates a round rewrites beside the one with the best mean. Default: 2. */
  readonly explore?: number;
  /** How many minibatches each of them runs on in a round. Default: 1. */
  readonly batches?: number;
  /** How many proposals to make from each minibatch. Default: 1, as in OpenTrace. */
  readonly proposals?: number;
  /** How much uncertainty counts in favour with `score: "ucb"`. Default: 1, as in OpenTrace. 0 is `mean`. */
  readonly exploration?: number;
  /** The lowest and highest possible score, which limit the bounds of `ucb`. Default: 0 to 1. */
  readonly scoreRange?: readonly [low: number, high: number];
  /** POLCA: evaluates only new candidates that differ from the others. Default: evaluates all. */
  readonly epsilonNet?: EpsilonNetOptions;
  /**
   * POLCA: before each round's proposals the optimizer's model sums up what is known of the candidates so far, in one
   * call, and the proposals see that summary. Default: false.
   */
  readonly summary?: boolean;
}

const scores: OptionCheck<PriorityScore> = oneOf("mean", "ucb", "time");

const table = {
  ...minibatchTable,
  ...validationTable,
  score: ["ucb", scores],
  explore: [2, count(0)],
  batches: [1, count()],
  proposals: [1, count()],
  exploration: [1, number(0)],
  scoreRange: [[0, 1], must<readonly [number, number]>("be [lowest, highest] score", isRange)],
  epsilonNet: [null, optional(group({ epsilon: [null, number(0)], embed: [null, optional(embedding)] })), recordNet],
  summary: [false, flag],
} satisfies OptionTable<PrioritySearchOptions>;

/** The options with their defaults. */
export type PrioritySettings = Required<Omit<PrioritySearchOptions, "epsilonNet">> & {
  readonly epsilonNet: {
    readonly epsilon: number;
    readonly embed: NonNullable<EpsilonNetOptions["embed"]> | null;
  } | null;
};

/** Fills in the defaults. Throws TracegradError `bad-option`. */
export function prioritySettings(options: PrioritySearchOptions): PrioritySettings {
  return resolveOptions("prioritySearch", options, table);
}

/** The settings for the record of a run: an embedding by its name. */
export function recordedSettings(settings: PrioritySettings): Json {
  return recordSettings(settings, table);
}

function isRange(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [low, high] = value as readonly number[];
  return Number.isFinite(low) && Number.isFinite(high) && (low as number) < (high as number);
}

function embedding(name: string, value: unknown): NonNullable<EpsilonNetOptions["embed"]> {
  return must<NonNullable<EpsilonNetOptions["embed"]>>("be a function", (one) => typeof one === "function")(
    name,
    value,
    "prioritySearch",
  );
}

/** A filter of new candidates, with its defaults. */
export interface EpsilonNetSettings {
  readonly epsilon: number;
  /** Null: counts of character sequences. */
  readonly embed: EpsilonNetOptions["embed"] | null;
}

function recordNet(net: EpsilonNetSettings | null): Json {
  return net === null ? null : { epsilon: net.epsilon, embed: net.embed?.name ?? "textVector" };
}
