/**
 * UCBSearch: candidates as arms of a bandit. Each round rewrites and evaluates the most promising one, and drops the
 * least promising.
 */

import { ucb1 } from "../../math/ucb.ts";
import {
  count,
  number,
  type OptionTable,
  recordSettings,
  resolveOptions,
  type SettingsOf,
} from "../../util/options.ts";
import { expand } from "./expand.ts";
import { type SamplerState, sampleMinibatches } from "./minibatches.ts";
import {
  checkSizes,
  type MinibatchOptions,
  minibatchTable,
  type ValidationOptions,
  validationTable,
} from "./options.ts";
import type { EvaluateRequest, Search, SearchContext } from "./search.ts";
import { bestOf, choosingRepeat, evaluateWithin, type Standing, standingOf } from "./standing.ts";

/** Options of {@link ucbSearch}. */
export interface UcbSearchOptions extends MinibatchOptions, ValidationOptions {
  /** How many candidates the pool has. Default: 10, as in OpenTrace. */
  readonly poolSize?: number;
  /** How many proposals to make from one minibatch. Default: 1, as in OpenTrace. */
  readonly proposals?: number;
  /**
   * How much uncertainty counts in favour of a candidate: c in mean + c √(ln T / n), with n its evaluations and T those
   * of the whole pool, in units of the score. Default: 1, as in OpenTrace, for scores from 0 to 1. 0 is greedy.
   */
  readonly exploration?: number;
}

const table = {
  ...minibatchTable,
  ...validationTable,
  poolSize: [10, count()],
  proposals: [1, count()],
  exploration: [1, number(0)],
} satisfies OptionTable<UcbSearchOptions>;

type UcbSettings = SettingsOf<typeof table>;

/** The candidates of the pool, and the examples that are still to come. */
type UcbSearchState = {
  readonly buffer: readonly string[];
  readonly train: SamplerState;
  readonly validation: SamplerState;
};

/** A candidate with its upper confidence bound. */
interface UcbArm extends Standing {
  readonly bound: number;
}

/**
 * UCB search: a pool of candidates with all evaluations of each. A round rewrites the candidate with the highest upper
 * confidence bound, evaluates it and its children on a validation minibatch of the round, and drops the lowest bounds
 * beyond `poolSize`; the best mean always stays. Evaluations add up over the rounds, so noise averages out where it
 * matters.
 *
 * Source: `UCBSearchAlgorithm` of the Trace library (OpenTrace); the bound is UCB1's (Auer, Cesa-Bianchi and Fischer
 * 2002).
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer, guide, data, search: ucbSearch({ poolSize: 20, exploration: 0.3 }) })
 */
export function ucbSearch(options: UcbSearchOptions = {}): Search {
  const settings = resolveOptions("ucbSearch", options, table);
  return {
    name: "UCBSearch",
    settings: recordSettings(settings, table),
    check: (setup) => checkSizes(options, setup),
    init: ({ id }) => ({ buffer: [id], train: [], validation: [] }),
    round: (state, context) => round(settings, state, context),
  } satisfies Search<UcbSearchState>;
}

async function round(
  settings: UcbSettings,
  state: UcbSearchState,
  context: SearchContext,
): Promise<{ readonly state: UcbSearchState }> {
  const { minibatchSize, temperatures, proposals, validationBatchSize, validateEvery } = settings;
  const [pick] = armsOf(settings, context, state.buffer) as [UcbArm];
  const [[examples = []], train] = sampleMinibatches(
    state.train,
    context.train,
    { size: minibatchSize, count: 1 },
    context.rng,
  );
  const candidates = await expand(context, [{ parent: pick.candidate, examples, proposals }], {
    temperatures,
    needs: Math.min(validationBatchSize, context.validation.length),
  });
  const validationSize = { size: validationBatchSize, count: 1 };
  const [[validationExamples = []], validation] = sampleMinibatches(
    state.validation,
    context.validation,
    validationSize,
    context.rng,
  );
  const repeat = choosingRepeat(context.round);
  await evaluateWithin(
    context,
    [pick.candidate, ...candidates].map(
      (candidate): EvaluateRequest => ({ candidate, examples: validationExamples, repeat }),
    ),
  );
  const buffer = limitPool(settings, context, [...state.buffer, ...candidates]);
  const best = bestOf(buffer.map((candidate) => standingOf(context, candidate)));
  if (context.round % validateEvery === 0) await context.evaluate([{ candidate: best?.candidate as string }]);
  return { state: { buffer, train, validation } };
}

/** The candidates, highest bound first, then fewer evaluations. A candidate without a score comes last. */
function armsOf(
  { exploration }: UcbSettings,
  context: SearchContext,
  candidates: readonly string[],
): readonly UcbArm[] {
  const standings = candidates.map((candidate) => standingOf(context, candidate));
  const total = standings.reduce((sum, { evaluations }) => sum + evaluations, 0);
  return standings
    .map((standing) => ({ ...standing, bound: boundOf(standing, total, exploration) }))
    .sort((a, b) => (a.bound === b.bound ? a.evaluations - b.evaluations : b.bound - a.bound));
}

function boundOf({ mean, evaluations }: Standing, total: number, exploration: number): number {
  return Number.isFinite(mean) ? ucb1({ mean, count: evaluations }, total, exploration) : Number.NEGATIVE_INFINITY;
}

/** The candidates without the lowest bounds, as far as there are too many; in their order. */
function limitPool(settings: UcbSettings, context: SearchContext, candidates: readonly string[]): readonly string[] {
  const arms = armsOf(settings, context, candidates);
  const best = bestOf(arms);
  const first = arms.filter(({ candidate }) => candidate !== best?.candidate).slice(0, settings.poolSize - 1);
  const staying = new Set([best, ...first].map((arm) => arm?.candidate));
  return candidates.filter((candidate) => staying.has(candidate));
}
