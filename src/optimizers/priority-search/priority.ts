/** Whose turn it is: the candidates in memory by their priorities. */

import { upperBound } from "../../math/ucb.ts";
import type { SearchContext } from "../search/search.ts";
import { bestOf, type Standing, standingOf } from "../search/standing.ts";
import type { PrioritySettings } from "./settings.ts";

/** The candidates that have been judged at all, in the order in which they came. */
export function memoryOf(context: SearchContext): readonly Standing[] {
  return context
    .candidates()
    .map(({ id }) => standingOf(context, id))
    .filter(({ evaluations }) => evaluations > 0);
}

/** The one with the best mean, and those that take their turn beside it, highest priority first. */
export function turnsOf(
  settings: Pick<PrioritySettings, "score" | "explore" | "exploration" | "range">,
  memory: readonly Standing[],
): readonly string[] {
  const best = bestOf(memory);
  if (best === undefined) return [];
  const priorities = prioritiesOf(settings, memory);
  const others = memory
    .map((standing, at) => ({ ...standing, at, priority: priorities[at] as number }))
    .filter(({ candidate }) => candidate !== best.candidate)
    // Bounds that reach the highest score are equal; then the less tried one has more to tell.
    .sort((a, b) =>
      a.priority === b.priority ? a.evaluations - b.evaluations || b.at - a.at : b.priority - a.priority,
    );
  return [best, ...others.slice(0, settings.explore)].map(({ candidate }) => candidate);
}

/** Higher is sooner. A candidate that no judge could score comes last, unless it goes by age. */
function prioritiesOf(
  { score, exploration, range }: Pick<PrioritySettings, "score" | "exploration" | "range">,
  memory: readonly Standing[],
): readonly number[] {
  if (score === "time") return memory.map((_, at) => at);
  if (score === "mean") return memory.map(({ mean }) => mean);
  const total = memory.reduce((sum, { evaluations }) => sum + evaluations, 0);
  return memory.map(({ mean, evaluations }) =>
    Number.isFinite(mean) ? upperBound({ mean, count: evaluations }, { total, exploration, range }) : mean,
  );
}
