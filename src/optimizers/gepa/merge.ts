/** GEPA's merge as a round: two programs whose changes complement each other become one, judged first where they differ. */

import { nonDominated } from "../pure/instance-fronts.ts";
import { type MergePool, proposeMerge } from "../pure/merge.ts";
import { mergeExamples } from "../pure/merge-examples.ts";
import type { Outcome } from "../search/outcome.ts";
import { comparisonOf, gainOf } from "../search/ranked.ts";
import type { SearchWorld } from "../search/search.ts";
import { viewPool } from "./pool.ts";
import type { GepaSettings } from "./settings.ts";
import type { GepaState } from "./state.ts";
import { inherited } from "./turns.ts";

/** The state after a merge was tried; undefined when there is none to try, so that the round mutates instead. */
export async function merged(
  settings: GepaSettings,
  state: GepaState,
  world: SearchWorld,
): Promise<GepaState | undefined> {
  const { fronts, means } = viewPool(state, world, settings.front);
  const merge = proposeMerge(nonDominated(fronts, means), poolOf(state, world, means), {
    log: state.merges,
    rng: world.rng,
  });
  if (merge === undefined) return undefined;
  world.requireRoom(world.validation.length);
  const tried = { ...state, merges: merge.log, found: false };
  const { first, second } = merge.triple;
  const [added] = await world.add([{ values: merge.values, parents: [first, second], origin: "merge" }]);
  const program = added?.program?.id;
  if (program === undefined || state.accepted.includes(program)) return tried;
  const examples = mergeExamples(scoresOf(first, world), scoresOf(second, world), world.rng, settings.mergeExamples);
  const [outcomes = []] = await world.evaluate([{ program, examples }]);
  if ([first, second].some((id) => isBelow(outcomes, onExamples(id, examples, world)))) return tried;
  await world.evaluate([{ program }]);
  // Only merges that are accepted count against their number.
  const { mergesDue, mergesMade, accepted } = state;
  const due = mergesMade + 1 < settings.merges ? mergesDue - 1 : 0;
  const turns = inherited(state.turns, [{ id: program, parents: [first, second] }]);
  return { ...tried, turns, accepted: [...accepted, program], mergesDue: due, mergesMade: mergesMade + 1 };
}

function poolOf(state: GepaState, world: SearchWorld, means: ReadonlyMap<string, number>): MergePool {
  // Ancestors that did not pass their gate are no candidates of GEPA's pool, so the lineage skips to those that did.
  const accepted = new Set(state.accepted);
  const programs = state.accepted.map((id) => world.program(id));
  return {
    parents: new Map(programs.map(({ id, parents }) => [id, parents.filter((parent) => accepted.has(parent))])),
    values: new Map(programs.map(({ id, values }) => [id, values])),
    scores: means,
  };
}

function scoresOf(program: string, world: SearchWorld): ReadonlyMap<string, number> {
  const known = world.known(program, "validation");
  return new Map(known.flatMap(({ exampleId, score }) => (score === undefined ? [] : [[exampleId, score] as const])));
}

function onExamples(
  program: string,
  examples: readonly string[],
  world: SearchWorld,
): readonly (Outcome | undefined)[] {
  const known = new Map(world.known(program, "validation").map((outcome) => [outcome.exampleId, outcome]));
  return examples.map((id) => known.get(id));
}

function isBelow(merged: readonly Outcome[], parent: readonly (Outcome | undefined)[]): boolean {
  return gainOf(comparisonOf(merged, parent)) < 0;
}
