/**
 * GEPA: reflective evolution over a pool of candidates with a Pareto front for each example, so that a candidate that
 * is best somewhere stays in use. (Agrawal et al. 2025, arXiv 2507.19457.)
 */

import { TracegradError } from "../../util/errors.ts";
import type { Search, SearchContext, SearchRound, SearchSetup } from "../search/search.ts";
import { noEpoch } from "./epoch-sampler.ts";
import { merge } from "./merge.ts";
import { mutate } from "./mutate.ts";
import { type GepaOptions, type GepaSettings, gepaSettings, recordedGepa } from "./settings.ts";
import { firstState, type GepaState } from "./state.ts";

/**
 * GEPA as a search. Each round samples parents from the Pareto fronts, runs them on minibatches of training examples,
 * has the optimizer rewrite them by the feedback, and evaluates the children on the same minibatches. Children that
 * pass the gate are evaluated on the whole validation set and join the pool. After a round that found one, two
 * candidates whose changes complement each other may be merged instead.
 *
 * A proposal costs twice the minibatch in evaluations, and the validation set when it is accepted; a budget of 15 to 30
 * times the validation set is usual. It runs until a budget ends it.
 *
 * Differences from the reference implementation: every mergeable pair is tried in random order instead of a hundred
 * samples; a minibatch of merge examples has no example twice; a candidate with several evaluations of an example has
 * their mean as its score.
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer: optoPrime(agent, { llm }), search: gepa(), data, guide, budget: { evaluations: 600 } })
 */
export function gepa(options: GepaOptions = {}): Search<GepaState> {
  const settings = gepaSettings(options);
  return {
    name: "GEPA",
    settings: recordedGepa(settings),
    check: (setup) => check(settings, setup),
    init: ({ id }) => firstState(id, noEpoch),
    round: (state, context) => round(settings, state, context),
  };
}

function check({ frontKind }: GepaSettings, { objectives }: SearchSetup): void {
  if (frontKind === "instance" || objectives.length > 0) return;
  throw new TracegradError(
    "bad-option",
    `GEPA with the front "${frontKind}" needs objectives. Give train \`objectives\`, and a guide that measures them.`,
  );
}

async function round(
  settings: GepaSettings,
  state: GepaState,
  context: SearchContext,
): Promise<SearchRound<GepaState>> {
  if (state.found && state.mergesDue > 0) {
    const after = await merge(settings, state, context);
    if (after !== undefined) return { state: after };
  }
  return { state: await mutate(settings, state, context) };
}
