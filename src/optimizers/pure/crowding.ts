/** How lonely each point is among the others: what keeps a front spread out when it must be cut (NSGA-II, Deb 2002). */

import { type Objective, oriented, type Scores } from "./pareto.ts";

/**
 * Crowding distances: the sum over objectives of the gap between the two neighbours, as a share of the range. Larger is
 * lonelier; points at an end of an objective have Infinity. An objective in which all are equal adds nothing.
 * @returns A distance for each of `scores`, in their order.
 * @throws TracegradError `bad-score`, `bad-objective`.
 */
export function crowding(scores: readonly Scores[], objectives: readonly Objective[]): number[] {
  const points = scores.map((one) => oriented(one, objectives));
  const distances = points.map(() => 0);
  const order = [...points.keys()];
  for (const objective of objectives.keys()) {
    const value = (at: number) => points[at]?.[objective] as number;
    // Sorted from the order of the objective before, as in Optuna, so that ties are broken as there.
    order.sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0));
    addGaps(distances, order, order.map(value));
  }
  return distances;
}

/** Adds what one objective says; `values` ascend and belong to the points of `order`. */
function addGaps(distances: number[], order: readonly number[], values: readonly number[]): void {
  if (values[0] === values.at(-1)) return;
  // A point that was not measured lies at -Infinity and is no end of the range.
  const lowest = values.find((value) => value !== Number.NEGATIVE_INFINITY) as number;
  const range = (values.at(-1) as number) - lowest || 1;
  for (const [place, at] of order.entries()) {
    const below = values[place - 1] ?? Number.NEGATIVE_INFINITY;
    const above = values[place + 1] ?? Number.POSITIVE_INFINITY;
    distances[at] = (distances[at] as number) + (below === above ? 0 : above - below) / range;
  }
}
