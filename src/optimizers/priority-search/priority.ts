/** Which candidates a round rewrites, by their priorities. */

import { upperBound } from "../../math/ucb.ts";
import type { SearchContext } from "../search/search.ts";
import { bestOf, type Standing, standingOf } from "../search/standing.ts";
import type { PrioritySettings } from "./settings.ts";

/** The candidates that have any evaluation, in the order in which they came. */
export function evaluatedCandidates(context: SearchContext): readonly Standing[] {
  return context
    .candidates()
    .map(({ id }) => standingOf(context, id))
    .filter(({ evaluations }) => evaluations > 0);
}

/** The candidate with the best mean, then those of highest priority. */
export function chooseCandidates(
  settings: Pick<PrioritySettings, "score" | "explore" | "exploration" | "scoreRange">,
  pool: readonly Standing[],
): readonly string[] {
  const best = bestOf(pool);
  if (best === undefined) return [];
  const priorities = prioritiesOf(settings, pool);
  const others = pool
    .map((standing, at) => ({ ...standing, at, priority: priorities[at] as number }))
    .filter(({ candidate }) => candidate !== best.candidate)
    // Bounds that reach the highest score are equal. Then the candidate with fewer evaluations has more to tell.
    .sort((a, b) =>
      a.priority === b.priority ? a.evaluations - b.evaluations || b.at - a.at : b.priority - a.priority,
    );
  return [best, ...others.slice(0, settings.explore)].map(({ candidate }) => candidate);
}

/** Higher is sooner. A candidate without a score comes last, unless priority is by age. */
function prioritiesOf(
  { score, exploration, scoreRange: range }: Pick<PrioritySettings, "score" | "exploration" | "scoreRange">,
  pool: readonly Standing[],
): readonly number[] {
  if (score === "time") return pool.map((_, at) => at);
  if (score === "mean") return pool.map(({ mean }) => mean);
  const total = pool.reduce((sum, { evaluations }) => sum + evaluations, 0);
  return pool.map(({ mean, evaluations }) =>
    Number.isFinite(mean) ? upperBound({ mean, count: evaluations }, { total, exploration, range }) : mean,
  );
}
