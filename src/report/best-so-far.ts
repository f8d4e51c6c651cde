/** The course of a search: after each round, which program led, what it scored, and how many evaluations that took. */

import type { CandidateView, RunView } from "./run-view.ts";

/** Where a search was after a round. */
export interface RoundPoint {
  /** From 0, the start, up. */
  readonly round: number;
  /** Evaluations by then; undefined where the run does not tell. */
  readonly judged: number | undefined;
  /** How many programs there were. */
  readonly programs: number;
  /** The best program so far by its validation score. What ships is decided at the end, and may be another. */
  readonly leader: CandidateView;
}

/** One point for each round; none before the starting artifact was scored. */
export function bestSoFar({ candidates, bests, steps, spent }: RunView): readonly RoundPoint[] {
  const [start] = candidates;
  if (start === undefined) return [];
  const rounds = [
    ...steps.map(({ step }) => step),
    ...candidates.map(({ round }) => round),
    ...spent.map((one) => one.steps),
  ];
  const last = rounds.reduce((most, round) => Math.max(most, round), 0);
  const judged = judgedBy(spent);
  const entered = new Map<number, number>();
  for (const { round } of candidates) entered.set(round, (entered.get(round) ?? 0) + 1);
  const byId = new Map(candidates.map((candidate) => [candidate.id, candidate]));
  const leaders = new Map(
    bests.filter(({ isAtEnd }) => !isAtEnd).map(({ step, candidate }) => [step, byId.get(candidate)]),
  );
  const points: RoundPoint[] = [];
  let [leader, programs] = [start, 0];
  for (let round = 0; round <= Math.min(last, mostRounds); round++) {
    programs += entered.get(round) ?? 0;
    leader = leaders.get(round) ?? leader;
    points.push({ round, judged: round === 0 ? start.count : judged(round), programs, leader });
  }
  return points;
}

/** Evaluations at the end of each round; of a round that was cut short, those at the end of all. */
function judgedBy(spent: RunView["spent"]): (round: number) => number | undefined {
  const known = new Map<number, number>();
  // The first account of a round is that of its end: the account at the end of the run names the same round again.
  for (const { steps, evaluations } of spent) if (!known.has(steps)) known.set(steps, evaluations);
  const last = spent.at(-1);
  return (round) => known.get(round) ?? (last !== undefined && round > last.steps ? last.evaluations : undefined);
}

/** More rounds than any run has, in case that a number in a journal is damaged. */
const mostRounds = 100_000;
