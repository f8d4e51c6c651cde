/** The islands of an evolution as data: who lives where, who leads its cell, who joins, who leaves, who migrates. */

import { TracegradError } from "../../util/errors.ts";
import { placeElite } from "./archive.ts";

/** A candidate on an island. */
export type EvolutionMember = {
  readonly candidate: string;
  /** Its mean score on the validation examples; null for a baseline that the guide could not score. */
  readonly fitness: number | null;
  /** Its cell in the archive. */
  readonly cell: string;
  /** The island where it was born; on any other it is a migrant. The baseline is born on all. */
  readonly born: number;
  /** How often it was chosen as a parent on this island. */
  readonly children: number;
};

/** A population that evolves apart. */
export type EvolutionIsland = {
  /** Each candidate once, in the order in which they came. */
  readonly members: readonly EvolutionMember[];
  /** The archive: the fittest candidate of each cell that was ever filled. All of them are members. */
  readonly elites: readonly { readonly cell: string; readonly candidate: string; readonly fitness: number }[];
};

/** What became of the children so far. */
export type EvolutionCounts = {
  /** Children that joined their island. */
  readonly born: number;
  /** How often a child equalled a candidate or was too much like one of its island, and so was not judged. */
  readonly alike: number;
  /** Children that did too badly in the cascade to be judged in full, or could not be judged. */
  readonly failed: number;
  /** How often no child came about: the model changed nothing, or a value was refused. */
  readonly unmade: number;
};

/** Evolution's state: plain JSON. */
export type EvolutionState = {
  /** None before the first round. */
  readonly islands: readonly EvolutionIsland[];
  /** The island of the next child. */
  readonly next: number;
  readonly counts: EvolutionCounts;
  /** The training and validation examples that are still to come. */
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

/** Islands on which only the baseline lives. */
export function foundIslands(
  count: number,
  baseline: Pick<EvolutionMember, "candidate" | "fitness" | "cell">,
): readonly EvolutionIsland[] {
  return Array.from({ length: count }, (_, born) =>
    addMember({ members: [], elites: [] }, { ...baseline, born, children: 0 }),
  );
}

/** The island with one more candidate, unless it already lives there. */
export function addMember({ members, elites }: EvolutionIsland, member: EvolutionMember): EvolutionIsland {
  const { candidate, fitness, cell } = member;
  if (members.some((one) => one.candidate === candidate)) return { members, elites };
  return {
    members: [...members, member],
    elites: fitness === null ? elites : placeElite(elites, { cell, candidate, fitness }),
  };
}

/** The island with one more child counted for a parent. */
export function countChild({ members, elites }: EvolutionIsland, candidate: string): EvolutionIsland {
  const counted = members.map((one) => (one.candidate === candidate ? { ...one, children: one.children + 1 } : one));
  return { members: counted, elites };
}

/** The island without its least fit members, as far as it has too many. Those of the archive stay. */
export function limitMembers({ members, elites }: EvolutionIsland, populationSize: number): EvolutionIsland {
  const leading = new Set(elites.map(({ candidate }) => candidate));
  const others = members.filter(({ candidate }) => !leading.has(candidate));
  const ranked = [...others].sort((a, b) => comparableFitness(b) - comparableFitness(a));
  const leaving = new Set(ranked.slice(populationSize).map(({ candidate }) => candidate));
  return { members: members.filter(({ candidate }) => !leaving.has(candidate)), elites };
}

/** A candidate without a score is the least fit. */
function comparableFitness({ fitness }: EvolutionMember): number {
  return fitness ?? -Number.MAX_VALUE;
}

/** The islands after the best of each have gone to its neighbours. Migrants are not sent on. */
export function migrate(islands: readonly EvolutionIsland[], share: number): readonly EvolutionIsland[] {
  const islanders = islands.flatMap(({ members }, island) =>
    members.flatMap(({ candidate, fitness, born }) =>
      fitness === null ? [] : [{ candidate, island, fitness, migrant: born !== island }],
    ),
  );
  const after = [...islands];
  for (const { candidate, from, to } of ringMigrations(islanders, { islands: islands.length, share })) {
    const member = islands[from]?.members.find((one) => one.candidate === candidate) as EvolutionMember;
    after[to] = addMember(after[to] as EvolutionIsland, { ...member, children: 0 });
  }
  return after;
}

/** A candidate that lives on an island. */
export interface Islander {
  readonly candidate: string;
  /** From 0. */
  readonly island: number;
  readonly fitness: number;
  /** True when it came from another island: it is not sent on. Default: false. */
  readonly migrant?: boolean;
}

/** A candidate that is copied from one island to another. */
export interface Migration {
  readonly candidate: string;
  readonly from: number;
  readonly to: number;
}

/** Options of {@link ringMigrations}. */
export interface MigrationOptions {
  /** How many islands there are. */
  readonly islands: number;
  /** Which share of each island's natives is sent, at least one. Default: 0.1, as in OpenEvolve. */
  readonly share?: number;
}

/**
 * Who goes where: the fittest natives of each island go to both neighbours, unless they already live there. Migrants
 * are not sent on, so that no candidate floods the ring. With fewer than two islands nothing moves; with two, each has
 * one neighbour.
 * @throws TracegradError `bad-option` for a share outside 0..1, `bad-island` for an islander on an unknown island.
 */
export function ringMigrations(islanders: readonly Islander[], options: MigrationOptions): readonly Migration[] {
  const { islands, share = 0.1 } = options;
  if (!(share > 0 && share <= 1)) {
    throw new TracegradError("bad-option", `\`share\` is above 0, and at most 1; got ${String(share)}.`);
  }
  const lost = islanders.find(({ island }) => !(Number.isInteger(island) && island >= 0 && island < islands));
  if (lost) {
    throw new TracegradError(
      "bad-island",
      `"${lost.candidate}" lives on island ${lost.island} of ${islands}; the first is 0.`,
    );
  }
  const living = new Set(islanders.map(({ candidate, island }) => JSON.stringify([island, candidate])));
  return Array.from({ length: islands }, (_, from) => {
    const natives = islanders.filter(({ island, migrant = false }) => island === from && !migrant);
    const count = Math.max(1, Math.floor(natives.length * share));
    const fittest = [...natives].sort((a, b) => b.fitness - a.fitness).slice(0, count);
    const neighbours = [...new Set([(from + 1) % islands, (from + islands - 1) % islands])].filter((to) => to !== from);
    return fittest.flatMap(({ candidate }) =>
      neighbours
        .filter((to) => !living.has(JSON.stringify([to, candidate])))
        .map((to): Migration => ({ candidate, from, to })),
    );
  }).flat();
}
