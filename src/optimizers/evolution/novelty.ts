/**
 * Which children are worth judging: those that were not there before, and are not worded as a program of their island
 * is.
 */

import type { Json } from "../../util/decode.ts";
import { stableStringify } from "../../util/json.ts";
import { cosine } from "../pure/epsilon-net.ts";
import type { Program, SearchWorld } from "../search/search.ts";
import { type Made, made, type Ready } from "./make.ts";
import type { EvolutionSettings } from "./settings.ts";
import type { EvolutionCounts, EvolutionIsland } from "./state.ts";
import { vectorOf } from "./text.ts";

/** A child that is worth judging. */
export interface Child extends Ready {
  readonly program: Program;
}

/**
 * New children for the tasks, and the counts. A child that is too alike is made anew, up to `novelty.retries` times.
 */
export async function newChildren(
  settings: EvolutionSettings,
  world: SearchWorld,
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
  for (let attempt = 0; attempt <= settings.novelty.retries && left.length > 0; attempt++) {
    const results = await made(settings, world, { tasks: left, islands, attempt });
    unmade += results.filter(({ program }) => program === undefined).length;
    left = results.filter((one) => {
      if (one.program === undefined) return false;
      const neighbours = neighboursOf(world, one, islands, children);
      if (one.isNew && !isAlike(settings, world, one.program, neighbours)) children.push(one as Child);
      else return true;
      return false;
    });
    alike += left.length;
  }
  return [children, { ...counts, alike, unmade }];
}

/** The programs of the child's island, with those that are about to join it. */
function neighboursOf(
  world: SearchWorld,
  { island }: Made,
  islands: readonly EvolutionIsland[],
  children: readonly Child[],
): readonly Program[] {
  const members = islands[island]?.members.map(({ program }) => world.program(program)) ?? [];
  return [...members, ...children.filter((child) => child.island === island).map(({ program }) => program)];
}

function isAlike(
  { novelty: { threshold } }: EvolutionSettings,
  world: SearchWorld,
  { values }: Program,
  neighbours: readonly Program[],
): boolean {
  if (threshold >= 1) return false;
  const plain = [...world.parameters].filter(([, { kind }]) => kind !== "text").map(([name]) => name);
  const plainText = (of: Program["values"]) => stableStringify(plain.map((name) => (of[name] ?? null) as Json));
  const own = plainText(values);
  return neighbours.some(
    (other) => plainText(other.values) === own && cosine(vectorOf(values), vectorOf(other.values)) > threshold,
  );
}
