/**
 * Evolution: populations on islands, each with an archive of the fittest candidate of every kind. They change by
 * mutation and crossover and sometimes exchange their best. Children come from a model, or from a declared space.
 */

import type { Candidate, Search, SearchContext, SearchRound } from "../search/search.ts";
import { meanScore } from "../search/standing.ts";
import { cellOfCandidate } from "./archive.ts";
import { passCascade, type ScoredChild, scoreChildren } from "./cascade.ts";
import { checkSetup, evolutionSettings, recordedSettings } from "./check.ts";
import { type EvolutionRound, makeNewChildren, runParents } from "./children.ts";
import {
  addMember,
  type EvolutionIsland,
  type EvolutionState,
  firstState,
  foundIslands,
  limitMembers,
  migrate,
} from "./islands.ts";
import type { EvolutionOptions, EvolutionSettings } from "./settings.ts";
import { planChildren } from "./tasks.ts";

/**
 * Evolution as a search. Each round chooses parents on the islands in turn and makes `children` at once: the model
 * rewrites a parent with other candidates of the island in view, or two parents are crossed. A child too much like an
 * existing candidate is made again instead of judged; one that does badly on a few examples is not judged on all. A
 * child that joins an island competes for its cell of the island's MAP-Elites archive; every few rounds the best of an
 * island go to its neighbours on a ring.
 *
 * It runs until a budget ends it. A child costs `minibatchSize` evaluations of its parent when the model makes it, and
 * the validation examples, or only those of the cascade. With `space` no model is asked, and its name says "(no LLM)".
 *
 * Sources: ShinkaEvolve (Lange et al. 2025, arXiv 2509.19349): weights of parents, novelty, crossover by the model;
 * OpenEvolve (after AlphaEvolve, Novikov et al. 2025): MAP-Elites on islands, inspirations, migration, cascade;
 * MAP-Elites (Mouret and Clune 2015). Differences: a candidate is born once, on one island; parents, partners and
 * inspirations are of its island; the elites of an island are never dropped; likeness is measured by wording, without a
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
    settings: recordedSettings(settings),
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
  const founded = before.islands.length > 0 ? before.islands : foundIslandsWithBaseline(settings, context);
  const [tasks, state] = planChildren(settings, { ...before, islands: founded }, context);
  const requests = await runParents(context, tasks);
  const shared: EvolutionRound = { settings, context, islands: state.islands };
  const [children, counts] = await makeNewChildren(shared, requests, state.counts);
  const [passed, validation] = await passCascade(settings, context, children, state.validation);
  const scored = await scoreChildren(context, passed);
  return {
    state: {
      ...state,
      islands: settleIslands(shared, scored),
      validation,
      counts: {
        ...counts,
        born: counts.born + scored.length,
        failed: counts.failed + children.length - scored.length,
      },
    },
  };
}

/** The islands of the first round, on which only the baseline lives. */
function foundIslandsWithBaseline(
  { islands, features }: EvolutionSettings,
  context: SearchContext,
): readonly EvolutionIsland[] {
  const { id: candidate, values } = baselineOf(context);
  const outcomes = context.knownOutcomes(candidate, "validation");
  const fitness = meanScore(outcomes);
  const cell = cellOfCandidate(features, { values, baseline: values, outcomes });
  return foundIslands(islands, { candidate, cell, fitness: Number.isFinite(fitness) ? fitness : null });
}

/** The islands with the children on them, after migration when it is due, cut to their size. */
function settleIslands(
  { settings, context, islands }: EvolutionRound,
  children: readonly ScoredChild[],
): readonly EvolutionIsland[] {
  const { features, populationSize, migration } = settings;
  const baseline = baselineOf(context).values;
  const after = [...islands];
  for (const { island, candidate, fitness, outcomes } of children) {
    const cell = cellOfCandidate(features, { values: candidate.values, baseline, outcomes });
    const member = { candidate: candidate.id, fitness, cell, born: island, children: 0 };
    after[island] = addMember(after[island] as EvolutionIsland, member);
  }
  const isDue = migration !== null && context.round % migration.every === 0;
  return (isDue ? migrate(after, migration.share) : after).map((island) => limitMembers(island, populationSize));
}

function baselineOf(context: SearchContext): Candidate {
  return context.candidates()[0] as Candidate;
}
