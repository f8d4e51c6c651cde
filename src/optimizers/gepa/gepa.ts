/**
 * GEPA: reflective evolution over a pool of candidates with a Pareto front for each example, so that a candidate that
 * is best somewhere stays in the game. (Agrawal et al. 2025, arXiv 2507.19457.)
 */

import { TracegradError } from "../../util/errors.ts";
import type { Search, SearchContext, SearchRound, SearchSetup } from "../search/search.ts";
import { noEpoch } from "./epoch-sampler.ts";
import { merged } from "./merge.ts";
import { mutated } from "./mutate.ts";
import { type GepaOptions, type GepaSettings, gepaSettings } from "./settings.ts";
import { firstState, type GepaState } from "./state.ts";

/**
 * GEPA as a search. Each round draws parents from the Pareto fronts, runs them on minibatches of training examples, has
 * the optimizer rewrite them by what was said, and judges the children on the same minibatches; those that pass the
 * gate are scored on the whole validation set and join the pool. After a round that found one, two candidates whose
 * changes complement each other may be merged instead.
 *
 * A proposal costs twice the minibatch in evaluations, and the validation set when it is accepted; a budget of 15 to 30
 * times the validation set is usual. It goes on until a budget ends it.
 *
 * Differences to the reference implementation: every mergeable pair is tried in random order instead of a hundred
 * draws; a minibatch of merge examples holds none twice; scores of candidates judged more than once are their means.
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer: optoPrime(agent, { llm }), search: gepa(), data, guide, budget: { evaluations: 600 } })
 */
export function gepa(options: GepaOptions = {}): Search<GepaState> {
  const settings = gepaSettings(options);
  const { gate, ...told } = settings;
  return {
    name: "GEPA",
    settings: { ...told, gate: { name: gate.name, settings: gate.settings } },
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
    const after = await merged(settings, state, context);
    if (after !== undefined) return { state: after };
  }
  return { state: await mutated(settings, state, context) };
}
