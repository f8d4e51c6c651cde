/** The islands of an evolution as data: who lives where, who leads its cell, who joins, who leaves, who migrates. */

import { ringMigrations } from "./islands.ts";
import { type Elite, placeElite } from "./map-elites.ts";

/** A candidate on an island. */
export type EvolutionMember = {
  readonly candidate: string;
  /** Its mean score on the validation examples; null for a starting artifact that no judge could score. */
  readonly fitness: number | null;
  /** Its cell in the archive. */
  readonly cell: string;
  /** On which island it was born; on another one it is a migrant. The starting artifact is born on all. */
  readonly born: number;
  /** How often it was chosen as a parent on this island. */
  readonly children: number;
};

/** A population that evolves apart. */
export type EvolutionIsland = {
  /** Each candidate once, in the order in which they came. */
  readonly members: readonly EvolutionMember[];
  /** The archive: the fittest candidate of each cell that was ever filled. They are all members. */
  readonly elites: readonly { readonly cell: string; readonly candidate: string; readonly fitness: number }[];
};

/** What became of the children so far. */
export type EvolutionCounts = {
  /** Joined their island. */
  readonly born: number;
  /** Times that a child was there before, or too alike to a candidate of its island, and so was not judged. */
  readonly alike: number;
  /** Did too badly in the cascade to be judged in full, or could not be judged. */
  readonly failed: number;
  /** Times that no child was made: the model changed nothing, or a value was refused. */
  readonly unmade: number;
};

/** Evolution's state: plain JSON. */
export type EvolutionState = {
  /** None before the first round. */
  readonly islands: readonly EvolutionIsland[];
  /** The island of the next child. */
  readonly next: number;
  readonly counts: EvolutionCounts;
  /** The training and validation examples that have still to come. */
  readonly train: readonly string[];
  readonly validation: readonly string[];
};

/** The state before the first round. */
export const firstState: EvolutionState = {
  islands: [],
  next: 0,
  counts: { born: 0, alike: 0, failed: 0, unmade: 0 },
  train: [],
  validation: [],
};

/** Islands on which only the starting artifact lives. */
export function founded(
  count: number,
  start: Pick<EvolutionMember, "candidate" | "fitness" | "cell">,
): readonly EvolutionIsland[] {
  return Array.from({ length: count }, (_, born) =>
    joined({ members: [], elites: [] }, { ...start, born, children: 0 }),
  );
}

/** The island with a candidate more, unless it lives there. */
export function joined({ members, elites }: EvolutionIsland, member: EvolutionMember): EvolutionIsland {
  if (members.some(({ candidate }) => candidate === member.candidate)) return { members, elites };
  return { members: [...members, member], elites: placed(elites, member) };
}

function placed(
  elites: EvolutionIsland["elites"],
  { candidate, fitness, cell }: EvolutionMember,
): EvolutionIsland["elites"] {
  if (fitness === null) return elites;
  return placeElite(elites satisfies readonly Elite[], { cell, candidate, fitness });
}

/** The island with a parent chosen once more. */
export function chosenOnce({ members, elites }: EvolutionIsland, candidate: string): EvolutionIsland {
  const counted = members.map((one) => (one.candidate === candidate ? { ...one, children: one.children + 1 } : one));
  return { members: counted, elites };
}

/** The island without its least fit, as far as it is too full. Those of the archive stay. */
export function cut({ members, elites }: EvolutionIsland, population: number): EvolutionIsland {
  const leading = new Set(elites.map(({ candidate }) => candidate));
  const others = members.filter(({ candidate }) => !leading.has(candidate));
  const ranked = [...others].sort((a, b) => fitnessOf(b) - fitnessOf(a));
  const leaving = new Set(ranked.slice(population).map(({ candidate }) => candidate));
  return { members: members.filter(({ candidate }) => !leaving.has(candidate)), elites };
}

/** For comparisons only: an unscored candidate is the least fit. */
function fitnessOf({ fitness }: EvolutionMember): number {
  return fitness ?? -Number.MAX_VALUE;
}

/** The islands after the best of each have gone to its neighbours. Those that are no natives are not sent on. */
export function migrated(islands: readonly EvolutionIsland[], share: number): readonly EvolutionIsland[] {
  const islanders = islands.flatMap(({ members }, island) =>
    members.flatMap(({ candidate, fitness, born }) =>
      fitness === null ? [] : [{ candidate, island, fitness, migrant: born !== island }],
    ),
  );
  const after = [...islands];
  for (const { candidate, from, to } of ringMigrations(islanders, { islands: islands.length, share })) {
    const member = islands[from]?.members.find((member) => member.candidate === candidate) as EvolutionMember;
    after[to] = joined(after[to] as EvolutionIsland, { ...member, children: 0 });
  }
  return after;
}
