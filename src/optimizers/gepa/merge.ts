/**
 * GEPA's merge as a round: two candidates whose changes complement each other become one, evaluated first on examples
 * where they differ.
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
import { inheritTurns } from "./turns.ts";

/** The state after an attempted merge; undefined when no pair can be merged, so that the round mutates instead. */
export async function merge(
  settings: GepaSettings,
  state: GepaState,
  context: SearchContext,
): Promise<GepaState | undefined> {
  const { fronts, means } = viewPool(state, context, settings.frontKind);
  const proposal = proposeMerge(nonDominated(fronts, means), poolOf(state, context, means), {
    log: state.merges,
    rng: context.rng,
  });
  if (proposal === undefined) return undefined;
  context.requireBudget(context.validation.length);
  const after = { ...state, merges: proposal.log, found: false };
  const { first, second } = proposal.triple;
  const [added] = await context.add([{ values: proposal.values, parents: [first, second], origin: "merge" }]);
  const candidate = added?.candidate?.id;
  if (candidate === undefined || state.accepted.includes(candidate)) return after;
  const examples = mergeExamples(
    scoresOf(first, context),
    scoresOf(second, context),
    context.rng,
    settings.mergeSampleSize,
  );
  const [outcomes = []] = await context.evaluate([{ candidate, examples }]);
  if ([first, second].some((id) => isBelow(outcomes, onExamples(id, examples, context)))) return after;
  await context.evaluate([{ candidate }]);
  // Only accepted merges count towards `maxMerges`.
  const { mergesDue, mergeCount, accepted } = state;
  const due = mergeCount + 1 < settings.maxMerges ? mergesDue - 1 : 0;
  const turns = inheritTurns(state.turns, [{ id: candidate, parents: [first, second] }]);
  return { ...after, turns, accepted: [...accepted, candidate], mergesDue: due, mergeCount: mergeCount + 1 };
}

function poolOf(state: GepaState, context: SearchContext, means: ReadonlyMap<string, number>): MergePool {
  // Ancestors that did not pass the gate are not in GEPA's pool, so the lineage skips to those that did.
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

function isBelow(outcomes: readonly Outcome[], parent: readonly (Outcome | undefined)[]): boolean {
  return gainOf(comparisonOf(outcomes, parent)) < 0;
}
