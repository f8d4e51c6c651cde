/**
 * GEPA's merge as a round: two candidates whose changes complement each other become one, judged first where they
 * differ.
 */

import type { Outcome } from "../search/outcome.ts";
import { comparisonOf, gainOf } from "../search/ranked.ts";
import type { SearchContext } from "../search/search.ts";
import { nonDominated } from "./instance-fronts.ts";
import { type MergePool, proposeMerge } from "./merge-components.ts";
import { mergeExamples } from "./merge-examples.ts";
import { viewPool } from "./pool.ts";
import type { GepaSettings } from "./settings.ts";
import type { GepaState } from "./state.ts";
import { inherited } from "./turns.ts";

/** The state after a merge was tried; undefined when there is none to try, so that the round mutates instead. */
export async function merged(
  settings: GepaSettings,
  state: GepaState,
  context: SearchContext,
): Promise<GepaState | undefined> {
  const { fronts, means } = viewPool(state, context, settings.frontKind);
  const merge = proposeMerge(nonDominated(fronts, means), poolOf(state, context, means), {
    log: state.merges,
    rng: context.rng,
  });
  if (merge === undefined) return undefined;
  context.requireBudget(context.validation.length);
  const tried = { ...state, merges: merge.log, found: false };
  const { first, second } = merge.triple;
  const [added] = await context.add([{ values: merge.values, parents: [first, second], origin: "merge" }]);
  const candidate = added?.candidate?.id;
  if (candidate === undefined || state.accepted.includes(candidate)) return tried;
  const examples = mergeExamples(
    scoresOf(first, context),
    scoresOf(second, context),
    context.rng,
    settings.mergeSampleSize,
  );
  const [outcomes = []] = await context.evaluate([{ candidate, examples }]);
  if ([first, second].some((id) => isBelow(outcomes, onExamples(id, examples, context)))) return tried;
  await context.evaluate([{ candidate }]);
  // Only merges that are accepted count against their number.
  const { mergesDue, mergesMade, accepted } = state;
  const due = mergesMade + 1 < settings.maxMerges ? mergesDue - 1 : 0;
  const turns = inherited(state.turns, [{ id: candidate, parents: [first, second] }]);
  return { ...tried, turns, accepted: [...accepted, candidate], mergesDue: due, mergesMade: mergesMade + 1 };
}

function poolOf(state: GepaState, context: SearchContext, means: ReadonlyMap<string, number>): MergePool {
  // Ancestors that did not pass their gate are no candidates of GEPA's pool, so the lineage skips to those that did.
  const accepted = new Set(state.accepted);
  const candidates = state.accepted.map((id) => context.candidate(id));
  return {
    parents: new Map(candidates.map(({ id, parents }) => [id, parents.filter((parent) => accepted.has(parent))])),
    values: new Map(candidates.map(({ id, values }) => [id, values])),
    scores: means,
  };
}

function scoresOf(candidate: string, context: SearchContext): ReadonlyMap<string, number> {
  const known = context.knownOutcomes(candidate, "validation");
  return new Map(known.flatMap(({ exampleId, score }) => (score === undefined ? [] : [[exampleId, score] as const])));
}

function onExamples(
  candidate: string,
  examples: readonly string[],
  context: SearchContext,
): readonly (Outcome | undefined)[] {
  const known = new Map(context.knownOutcomes(candidate, "validation").map((outcome) => [outcome.exampleId, outcome]));
  return examples.map((id) => known.get(id));
}

function isBelow(merged: readonly Outcome[], parent: readonly (Outcome | undefined)[]): boolean {
  return gainOf(comparisonOf(merged, parent)) < 0;
}
