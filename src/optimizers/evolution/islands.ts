/** Islands: populations that evolve apart and now and then send their best to their neighbours on a ring. */

import { TracegradError } from "../../util/errors.ts";

/** Someone who lives on an island. */
export interface Islander {
  readonly candidate: string;
  /** From 0. */
  readonly island: number;
  readonly fitness: number;
  /** True for one that came from another island: it is not sent on. Default: false. */
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
  /** Which share of each island's own is sent, at least one. Default: 0.1, as in OpenEvolve. */
  readonly share?: number;
}

/**
 * Who goes where: the fittest of each island's own go to both neighbours, unless they live there already. Migrants are
 * not sent on, so that nothing floods the ring. Nobody moves with fewer than two islands; between two there is one
 * neighbour.
 * @throws TracegradError `bad-option` for a share outside 0..1, `bad-island` for an islander of none of the islands.
 */
export function ringMigrations(islanders: readonly Islander[], options: MigrationOptions): readonly Migration[] {
  const { islands, share = 0.1 } = options;
  if (!(share > 0 && share <= 1)) {
    throw new TracegradError("bad-option", `\`share\` is above 0, and 1 at most; got ${String(share)}.`);
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
    const own = islanders.filter(({ island, migrant = false }) => island === from && !migrant);
    const sent = [...own].sort((a, b) => b.fitness - a.fitness).slice(0, Math.max(1, Math.floor(own.length * share)));
    const neighbours = [...new Set([(from + 1) % islands, (from + islands - 1) % islands])].filter((to) => to !== from);
    return sent.flatMap(({ candidate }) =>
      neighbours
        .filter((to) => !living.has(JSON.stringify([to, candidate])))
        .map((to): Migration => ({ candidate, from, to })),
    );
  }).flat();
}
