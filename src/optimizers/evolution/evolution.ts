/**
 * Evolution: populations on islands, each with an archive of the fittest of every kind, that change by mutation and
 * crossover and now and then exchange their best. With a model, or by a declared space without any.
 */

import type { Candidate, Search, SearchContext, SearchRound } from "../search/search.ts";
import { meanScore } from "../search/standing.ts";
import { checkSetup, evolutionSettings, settingsJson } from "./check.ts";
import { cellIn } from "./features.ts";
import { type Judged, judged } from "./judge.ts";
import { ready } from "./make.ts";
import { newChildren } from "./novelty.ts";
import { planned } from "./plan.ts";
import type { EvolutionOptions, EvolutionSettings } from "./settings.ts";
import { cut, type EvolutionIsland, type EvolutionState, firstState, founded, joined, migrated } from "./state.ts";

/**
 * Evolution as a search. Each round draws parents on the islands in turn and makes `children` of them at once: rewrites
 * by the model with other candidates of the island in view, or crosses two. Children that are nearly there already are
 * made anew instead of judged; those that do badly on a few examples are not judged on all. What joins an island
 * competes for its cell of the island's MAP-Elites archive, by what it is like; every few rounds the best of an island
 * go to its neighbours on a ring.
 *
 * It goes on until a budget ends it. A child costs `minibatch` evaluations of its parent when the model makes it, and
 * the validation examples, or only those of the cascade. With `space` no model is asked, and its name says "(no LLM)".
 *
 * Sources: ShinkaEvolve (Lange et al. 2025, arXiv 2509.19349): weights of parents, novelty, crossover by the model;
 * OpenEvolve (after AlphaEvolve, Novikov et al. 2025): MAP-Elites on islands, inspirations, migration, cascade;
 * MAP-Elites (Mouret and Clune 2015). Differences: a candidate is born once, on one island; parents, partners and
 * inspirations are of its island; the elites of an island are never dropped; likeness is told by wording, without a
 * model.
 * @throws TracegradError `bad-option`, `bad-space`.
 * @example
 * const optimizer = optoPrime(agent, { llm });
 * train({ agent, optimizer, guide, data, search: evolution(), budget: { evaluations: 1000 } })
 * @example
 * const space = { rate: space.number({ min: 0, max: 1 }), tone: space.choices(["kind", "dry"]) };
 * const optimizer = localSearch(agent, { space });
 * train({ agent, optimizer, guide, data, search: evolution({ space }), budget: { steps: 50 } })
 */
export function evolution(options: EvolutionOptions = {}): Search<EvolutionState> {
  const settings = evolutionSettings(options);
  return {
    name: settings.space === undefined ? "Evolution" : "Evolution (no LLM)",
    settings: settingsJson(settings),
    check: (setup) => checkSetup(options, settings, setup),
    init: () => firstState,
    round: (state, context) => round(settings, state, context),
  };
}

async function round(
  settings: EvolutionSettings,
  before: EvolutionState,
  context: SearchContext,
): Promise<SearchRound<EvolutionState>> {
  const [tasks, state] = planned(settings, { ...before, islands: inhabited(settings, before, context) }, context);
  const [children, counts] = await newChildren(settings, context, { ...state, tasks: await ready(context, tasks) });
  const [fit, validation] = await judged(settings, context, { children, waiting: state.validation });
  const islands = settled(settings, context, { islands: state.islands, fit });
  const { born, failed } = counts;
  return {
    state: {
      ...state,
      ...{ islands, validation },
      counts: { ...counts, born: born + fit.length, failed: failed + children.length - fit.length },
    },
  };
}

/** The islands; in the first round those that the starting artifact founds. */
function inhabited(
  { islands, features }: EvolutionSettings,
  state: EvolutionState,
  context: SearchContext,
): readonly EvolutionIsland[] {
  if (state.islands.length > 0) return state.islands;
  const { id: candidate, values } = startOf(context);
  const outcomes = context.knownOutcomes(candidate, "validation");
  const fitness = meanScore(outcomes);
  const cell = cellIn(features, { values, start: values, outcomes });
  return founded(islands, { candidate, cell, fitness: Number.isFinite(fitness) ? fitness : null });
}

/** The islands with the children on them, cut to their size, after migration when it is due. */
function settled(
  { features, populationSize, migration }: EvolutionSettings,
  context: SearchContext,
  { islands, fit }: { readonly islands: readonly EvolutionIsland[]; readonly fit: readonly Judged[] },
): readonly EvolutionIsland[] {
  const start = startOf(context).values;
  const after = [...islands];
  for (const { island, candidate, fitness, outcomes } of fit) {
    const cell = cellIn(features, { values: candidate.values, start, outcomes });
    const member = { candidate: candidate.id, fitness, cell, born: island, children: 0 };
    after[island] = joined(after[island] as EvolutionIsland, member);
  }
  const isDue = migration !== null && context.round % migration.every === 0;
  return (isDue ? migrated(after, migration.share) : after).map((island) => cut(island, populationSize));
}

function startOf(context: SearchContext): Candidate {
  return context.candidates()[0] as Candidate;
}
