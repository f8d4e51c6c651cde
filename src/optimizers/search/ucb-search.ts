/**
 * UCBSearch: candidates as arms of a bandit. The one that may yet be the best is rewritten and seen again, the least
 * promising goes.
 */

import { ucb1 } from "../../math/ucb.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { requirePositive } from "../../util/require.ts";
import { type Draws, draw } from "./draws.ts";
import { expand } from "./expand.ts";
import {
  checkSizes,
  type MinibatchOptions,
  type MinibatchSettings,
  minibatchNames,
  minibatchSettings,
  requireNumber,
  type ValidationOptions,
  type ValidationSettings,
  validationNames,
  validationSettings,
} from "./options.ts";
import type { EvaluateRequest, Search, SearchContext } from "./search.ts";
import { bestOf, choosingRepeat, judgeWithin, type Standing, standingOf } from "./standing.ts";

/** Options of {@link ucbSearch}. */
export interface UcbSearchOptions extends MinibatchOptions, ValidationOptions {
  /** How many candidates are kept. Default: 10, as in OpenTrace. */
  readonly poolSize?: number;
  /** How many proposals are made from one minibatch. Default: 1, as in OpenTrace. */
  readonly proposals?: number;
  /**
   * How much doubt counts in favour of a candidate: c in mean + c √(ln T / n), n its evaluations and T those of all
   * that are kept, in units of the score. Default: 1, as in OpenTrace, for scores from 0 to 1. 0 is greedy.
   */
  readonly exploration?: number;
}

const names: NamesOf<UcbSearchOptions> = {
  ...{ ...minibatchNames, ...validationNames },
  ...{ poolSize: true, proposals: true, exploration: true },
};

/** The candidates that are kept, and the examples that have still to come. */
type UCBSearchState = {
  readonly buffer: readonly string[];
  readonly train: Draws;
  readonly validation: Draws;
};

interface UCBSettings extends MinibatchSettings, ValidationSettings {
  readonly size: number;
  readonly proposals: number;
  readonly exploration: number;
  readonly [key: string]: number | readonly number[];
}

/** A candidate with its upper confidence bound. */
interface Arm extends Standing {
  readonly bound: number;
}

/**
 * UCB search: keeps a buffer of candidates with all evaluations of each. A round rewrites the one with the highest
 * upper confidence bound, judges it and what came of it on a validation minibatch of the round, and drops the lowest
 * bounds beyond `poolSize`; the best mean always stays. Runs add up over the rounds, so that noise averages out where it
 * matters.
 *
 * Source: `UCBSearchAlgorithm` of the Trace library (OpenTrace); the bound is UCB1's (Auer, Cesa-Bianchi and Fischer
 * 2002).
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer, guide, data, search: ucbSearch({ size: 20, exploration: 0.3 }) })
 */
export function ucbSearch(options: UcbSearchOptions = {}): Search {
  requireKnown("ucbSearch", options, names);
  const { poolSize = 10, proposals = 1, exploration = 1 } = options;
  requirePositive("poolSize", poolSize);
  requirePositive("proposals", proposals);
  requireNumber("exploration", exploration, 0);
  const settings: UCBSettings = {
    ...{ size: poolSize, proposals, exploration },
    ...minibatchSettings(options),
    ...validationSettings(options),
  };
  return {
    name: "UCBSearch",
    settings,
    check: (setup) => checkSizes(options, setup),
    init: ({ id }) => ({ buffer: [id], train: [], validation: [] }),
    round: (state, context) => round(settings, state, context),
  } satisfies Search<UCBSearchState>;
}

async function round(
  settings: UCBSettings,
  state: UCBSearchState,
  context: SearchContext,
): Promise<{ readonly state: UCBSearchState }> {
  const { minibatchSize, temperatures, proposals, validationBatchSize, validateEvery } = settings;
  const [pick] = armsOf(settings, context, state.buffer) as [Arm];
  const [[examples = []], train] = draw(state.train, context.train, { size: minibatchSize, count: 1 }, context.rng);
  const candidates = await expand(context, [{ parent: pick.candidate, examples, proposals }], {
    temperatures,
    needs: Math.min(validationBatchSize, context.validation.length),
  });
  const drawn = { size: validationBatchSize, count: 1 };
  const [[seen = []], validation] = draw(state.validation, context.validation, drawn, context.rng);
  const repeat = choosingRepeat(context.round);
  await judgeWithin(
    context,
    [pick.candidate, ...candidates].map((candidate): EvaluateRequest => ({ candidate, examples: seen, repeat })),
  );
  const buffer = kept(settings, context, [...state.buffer, ...candidates]);
  const best = bestOf(buffer.map((candidate) => standingOf(context, candidate)));
  if (context.round % validateEvery === 0) await context.evaluate([{ candidate: best?.candidate as string }]);
  return { state: { buffer, train, validation } };
}

/** The candidates, highest bound first; of equal ones that with fewer runs. One that no judge could score has none. */
function armsOf({ exploration }: UCBSettings, context: SearchContext, candidates: readonly string[]): readonly Arm[] {
  const standings = candidates.map((candidate) => standingOf(context, candidate));
  const total = standings.reduce((sum, { evaluations }) => sum + evaluations, 0);
  return standings
    .map((standing) => ({ ...standing, bound: boundOf(standing, total, exploration) }))
    .sort((a, b) => (a.bound === b.bound ? a.evaluations - b.evaluations : b.bound - a.bound));
}

function boundOf({ mean, evaluations }: Standing, total: number, exploration: number): number {
  return Number.isFinite(mean) ? ucb1({ mean, count: evaluations }, total, exploration) : Number.NEGATIVE_INFINITY;
}

/** Without the lowest bounds, as long as there are too many; in the order in which they came. */
function kept(settings: UCBSettings, context: SearchContext, candidates: readonly string[]): readonly string[] {
  const arms = armsOf(settings, context, candidates);
  const best = bestOf(arms);
  const first = arms.filter(({ candidate }) => candidate !== best?.candidate).slice(0, settings.size - 1);
  const staying = new Set([best, ...first].map((arm) => arm?.candidate));
  return candidates.filter((candidate) => staying.has(candidate));
}
