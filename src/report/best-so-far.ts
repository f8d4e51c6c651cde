/** A search round by round: which candidate led, what it scored, and how many evaluations that took. */

import type { CandidateView, RunView } from "./run-view.ts";

/** A search after a round. */
export interface RoundPoint {
  /** From 0, the baseline, up. */
  readonly round: number;
  /** Evaluations by then; undefined where the run did not record them. */
  readonly evaluations: number | undefined;
  /** The number of candidates. */
  readonly candidates: number;
  /** The best candidate so far by its validation score. What ships is decided at the end, and may be another. */
  readonly leader: CandidateView;
}

/** More rounds than any run has, in case a number in a journal is damaged. */
const maxRounds = 100_000;

/** One point for each round; none before the baseline was scored. */
export function bestByRound({ candidates, bests, steps, spent }: RunView): readonly RoundPoint[] {
  const [baseline] = candidates;
  if (baseline === undefined) return [];
  const rounds = [
    ...steps.map(({ step }) => step),
    ...candidates.map(({ round }) => round),
    ...spent.map((one) => one.steps),
  ];
  const last = rounds.reduce((most, round) => Math.max(most, round), 0);
  const evaluationsAt = evaluationsByRound(spent);
  const added = new Map<number, number>();
  for (const { round } of candidates) added.set(round, (added.get(round) ?? 0) + 1);
  const leaders = leadersByRound(candidates, bests);
  const points: RoundPoint[] = [];
  let [leader, count] = [baseline, 0];
  for (let round = 0; round <= Math.min(last, maxRounds); round++) {
    count += added.get(round) ?? 0;
    leader = leaders.get(round) ?? leader;
    const evaluations = round === 0 ? baseline.count : evaluationsAt(round);
    points.push({ round, evaluations, candidates: count, leader });
  }
  return points;
}

function leadersByRound(
  candidates: readonly CandidateView[],
  bests: RunView["bests"],
): ReadonlyMap<number, CandidateView | undefined> {
  const byId = new Map(candidates.map((candidate) => [candidate.id, candidate]));
  return new Map(bests.filter(({ isAtEnd }) => !isAtEnd).map(({ step, candidate }) => [step, byId.get(candidate)]));
}

/** Evaluations at the end of each round; of a round that was cut short, those at the end of the run. */
function evaluationsByRound(spent: RunView["spent"]): (round: number) => number | undefined {
  const known = new Map<number, number>();
  // The first account of a round is from its end: the account at the end of the run names the same round again.
  for (const { steps, evaluations } of spent) if (!known.has(steps)) known.set(steps, evaluations);
  const last = spent.at(-1);
  return (round) => known.get(round) ?? (last !== undefined && round > last.steps ? last.evaluations : undefined);
}
