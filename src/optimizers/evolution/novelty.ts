/**
 * Which children are worth judging: those that were not there before, and are not worded as a candidate of their island
 * is.
 */

import { cosine } from "../../math/epsilon-net.ts";
import type { Json } from "../../util/decode.ts";
import { stableStringify } from "../../util/json.ts";
import type { Candidate, SearchContext } from "../search/search.ts";
import { type Made, made, type Ready } from "./make.ts";
import type { EvolutionSettings } from "./settings.ts";
import type { EvolutionCounts, EvolutionIsland } from "./state.ts";
import { vectorOf } from "./text.ts";

/** A child that is worth judging. */
export interface Child extends Ready {
  readonly candidate: Candidate;
}

/**
 * New children for the tasks, and the counts. A child that is too alike is made anew, up to `novelty.retries` times.
 */
export async function newChildren(
  settings: EvolutionSettings,
  context: SearchContext,
  {
    tasks,
    islands,
    counts,
  }: {
    readonly tasks: readonly Ready[];
    readonly islands: readonly EvolutionIsland[];
    readonly counts: EvolutionCounts;
  },
): Promise<readonly [readonly Child[], EvolutionCounts]> {
  const children: Child[] = [];
  let [left, { alike, unmade }] = [tasks, counts];
  for (let attempt = 0; attempt <= settings.novelty.maxRetries && left.length > 0; attempt++) {
    const results = await made(settings, context, { tasks: left, islands, attempt });
    unmade += results.filter(({ candidate }) => candidate === undefined).length;
    left = results.filter((one) => {
      if (one.candidate === undefined) return false;
      const neighbours = neighboursOf(context, one, islands, children);
      if (one.isNew && !isAlike(settings, context, one.candidate, neighbours)) children.push(one as Child);
      else return true;
      return false;
    });
    alike += left.length;
  }
  return [children, { ...counts, alike, unmade }];
}

/** The candidates of the child's island, with those that are about to join it. */
function neighboursOf(
  context: SearchContext,
  { island }: Made,
  islands: readonly EvolutionIsland[],
  children: readonly Child[],
): readonly Candidate[] {
  const members = islands[island]?.members.map(({ candidate }) => context.candidate(candidate)) ?? [];
  return [...members, ...children.filter((child) => child.island === island).map(({ candidate }) => candidate)];
}

function isAlike(
  { novelty: { threshold } }: EvolutionSettings,
  context: SearchContext,
  { values }: Candidate,
  neighbours: readonly Candidate[],
): boolean {
  if (threshold >= 1) return false;
  const plain = [...context.parameters].filter(([, { kind }]) => kind !== "text").map(([name]) => name);
  const plainText = (of: Candidate["values"]) => stableStringify(plain.map((name) => (of[name] ?? null) as Json));
  const own = plainText(values);
  return neighbours.some(
    (other) => plainText(other.values) === own && cosine(vectorOf(values), vectorOf(other.values)) > threshold,
  );
}
