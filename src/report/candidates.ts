/** The candidates of a search as people look at them: where each comes from, how it scored, whether it led. */

import type { Progress } from "../training/events.ts";
import type { Outcome } from "../training/types.ts";
import type { BestView, CandidateView } from "./run-view.ts";

/** The candidates of a search in the order in which they came, the baseline first. */
export function candidatesOf({ candidates }: Progress, bests: readonly BestView[]): readonly CandidateView[] {
  const leaders = new Set(bests.map(({ candidate }) => candidate));
  return candidates.map(({ id, step, parents, origin, values, validation }, index) => {
    const { outcomes = [], mean = Number.NaN, interval, failures = 0 } = validation ?? {};
    return {
      id,
      round: step,
      parents,
      origin,
      values,
      mean: Number.isNaN(mean) ? undefined : mean,
      interval,
      count: outcomes.length,
      failures,
      objectives: objectiveMeans(outcomes),
      wasBest: index === 0 || leaders.has(id),
    };
  });
}

/** The candidate that leads, or ships: the last one that was named, else the baseline. */
export function leaderOf<T extends Pick<CandidateView, "id">>(
  candidates: readonly T[],
  bests: readonly BestView[],
): T | undefined {
  const id = bests.at(-1)?.candidate;
  return candidates.find((candidate) => candidate.id === id) ?? candidates[0];
}

function objectiveMeans(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { objectives = {} } of outcomes) {
    for (const [name, value] of Object.entries(objectives)) {
      const { sum, count } = sums.get(name) ?? { sum: 0, count: 0 };
      sums.set(name, { sum: sum + value, count: count + 1 });
    }
  }
  return Object.fromEntries([...sums].map(([name, { sum, count }]) => [name, sum / count]));
}
