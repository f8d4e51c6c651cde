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

/** By what candidates take their turn: their mean score, the upper confidence bound of it, or how new they are. */
export type PriorityScore = "mean" | "ucb" | "time";

/** POLCA's filter of new candidates: only those that are unlike all that were judged are judged. */
export interface EpsilonNetOptions {
  /** The distance below which two candidates count as the same. POLCA has 0.1. */
  readonly epsilon: number;
  /**
   * A candidate as a point, by its values. Default: how often it has which runs of characters, on vectors of length 1,
   * which asks nobody. A model's embedding sees likeness of meaning, too; give the same vector for the same values each
   * time, or a run that is resumed will differ.
   */
  readonly embed?: (values: Readonly<Record<string, unknown>>) => Vector | Promise<Vector>;
}

/** Options of {@link prioritySearch}. */
export interface PrioritySearchOptions extends MinibatchOptions, ValidationOptions {
  /**
   * By what the candidates beside the best one take their turn. Default: `ucb`, which comes back to the little tried
   * ones; `mean` and `time` (the newest first) are the other two of OpenTrace.
   */
  readonly score?: PriorityScore;
  /** How many candidates a round rewrites beside the one with the best mean. Default: 2. */
  readonly explore?: number;
  /** How many minibatches each of them is run on in a round. Default: 1. */
  readonly batches?: number;
  /** How many proposals are made from each of these. Default: 1, as in OpenTrace. */
  readonly proposals?: number;
  /** How much doubt counts in a candidate's favour with `score: "ucb"`. Default: 1, as in OpenTrace. 0 is `mean`. */
  readonly exploration?: number;
  /** The lowest and highest score there can be, between which `ucb` has its bounds. Default: 0 to 1. */
  readonly scoreRange?: readonly [low: number, high: number];
  /** POLCA: judges only new candidates that are unlike the others. Default: judges all. */
  readonly epsilonNet?: EpsilonNetOptions;
  /**
   * POLCA: before each round's proposals the optimizer's model sums up what the candidates so far have shown, at the
   * price of one call, and the proposals are made with that in view. Default: false.
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
export function settingsJson({ epsilonNet, ...settings }: PrioritySettings): Json {
  if (epsilonNet === undefined) return { ...settings, epsilonNet: null };
  const { epsilon, embed } = epsilonNet;
  return { ...settings, epsilonNet: { epsilon, embed: embed === undefined ? "textVector" : embed.name } };
}
