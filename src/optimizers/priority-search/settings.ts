/** The options of PrioritySearch, with their defaults and checks. */

import type { Vector } from "../../math/epsilon-net.ts";
import type { Json } from "../../util/decode.ts";
import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";
import { requirePositive } from "../../util/require.ts";
import {
  type MinibatchOptions,
  type MinibatchSettings,
  minibatchNames,
  minibatchSettings,
  requireNumber,
  type ValidationOptions,
  type ValidationSettings,
  validationNames,
  validationSettings,
} from "../search/options.ts";

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

const names: NamesOf<PrioritySearchOptions> = {
  ...{ ...minibatchNames, ...validationNames },
  ...{ score: true, explore: true, batches: true, proposals: true },
  ...{ exploration: true, scoreRange: true, epsilonNet: true, summary: true },
};
const netNames: NamesOf<EpsilonNetOptions> = { epsilon: true, embed: true };

/** The options with their defaults. */
export interface PrioritySettings extends MinibatchSettings, ValidationSettings {
  readonly score: PriorityScore;
  readonly explore: number;
  readonly batches: number;
  readonly proposals: number;
  readonly exploration: number;
  readonly range: readonly [number, number];
  readonly epsilonNet: EpsilonNetOptions | undefined;
  readonly summary: boolean;
}

/** The options with their defaults. Throws TracegradError `bad-option`. */
export function prioritySettings(options: PrioritySearchOptions): PrioritySettings {
  requireKnown("prioritySearch", options, names);
  requireKnown("`epsilonNet` of prioritySearch", options.epsilonNet ?? {}, netNames);
  const { score = "ucb", explore = 2, batches = 1, proposals = 1, exploration = 1, scoreRange = [0, 1] } = options;
  const { epsilonNet, summary = false } = options;
  if (!["mean", "ucb", "time"].includes(score)) {
    throw new TracegradError("bad-option", `\`score\` is "mean", "ucb" or "time"; got ${preview(score)}.`);
  }
  requirePositive("explore", explore, { zero: true });
  requirePositive("batches", batches);
  requirePositive("proposals", proposals);
  requireNumber("exploration", exploration, 0);
  if (!(Number.isFinite(scoreRange[0]) && Number.isFinite(scoreRange[1]) && scoreRange[0] < scoreRange[1])) {
    throw new TracegradError("bad-option", `\`scoreRange\` is [lowest, highest] score; got ${preview(scoreRange)}.`);
  }
  if (epsilonNet !== undefined) requireNumber("epsilonNet.epsilon", epsilonNet.epsilon, 0);
  const turns = { score, explore, batches, proposals, exploration, range: scoreRange, epsilonNet, summary };
  return { ...turns, ...minibatchSettings(options), ...validationSettings(options) };
}

/** The settings as JSON, for the record of a run: an embedding by its name. */
export function recordedSettings({ epsilonNet, ...settings }: PrioritySettings): Json {
  if (epsilonNet === undefined) return { ...settings, epsilonNet: null };
  const { epsilon, embed } = epsilonNet;
  return { ...settings, epsilonNet: { epsilon, embed: embed === undefined ? "textVector" : embed.name } };
}
