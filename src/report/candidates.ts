/** The programs of a search, put together from what a run tells: who came from whom, how each scored, which one led when. */

import type { Candidate, Outcome } from "../training/types.ts";
import type { BestView, CandidateView, EvaluationView, RolloutView, StepView } from "./run-view.ts";

/** What the programs are known from. */
interface Told {
  readonly spec: unknown;
  readonly entered: readonly Entered[];
  readonly steps: readonly StepView[];
  readonly rollouts: readonly RolloutView[];
  readonly evaluations: readonly EvaluationView[];
  readonly bests: readonly BestView[];
}

/** A program as the run told of it. */
export type Entered = Pick<Candidate, "id" | "step" | "parents" | "origin"> & {
  readonly values: Candidate["values"] | undefined;
};

/** The programs of a search in the order in which they came, the starting artifact first; none when the run did not search. */
export function candidatesOf(told: Told): readonly CandidateView[] {
  const programs = programsOf(told);
  const last = new Map<string, EvaluationView>();
  for (const evaluation of told.evaluations) {
    if (evaluation.split === "validation") last.set(evaluation.candidate, evaluation);
  }
  const led = new Set(told.bests.map(({ candidate }) => candidate));
  return programs.map(({ id, step, parents, origin, values }, index) => {
    const result = last.get(id)?.result;
    const { outcomes = [], mean = Number.NaN, standardError = Number.NaN, failures = 0 } = result ?? {};
    return {
      ...{ id, round: step, parents, origin, values },
      mean: Number.isNaN(mean) ? undefined : mean,
      standardError: Number.isNaN(standardError) ? undefined : standardError,
      ...{ count: outcomes.length, failures },
      objectives: measuredMeans(outcomes),
      wasBest: index === 0 || led.has(id),
    };
  });
}

/** The program that leads: the last one that was accepted, else the starting artifact. */
export function leaderOf<T extends Pick<CandidateView, "id">>(
  candidates: readonly T[],
  bests: readonly BestView[],
): T | undefined {
  const id = bests.findLast(({ candidate }) => candidate !== undefined)?.candidate;
  return candidates.find((candidate) => candidate.id === id) ?? candidates[0];
}

/** What the score of each best program tells of which one it was: events of older runs do not name it. */
export function namedBests({
  entered,
  evaluations,
  bests,
}: Pick<Told, "entered" | "evaluations" | "bests">): BestView[] {
  const taken = new Set<string>();
  return bests.map((best) => {
    if (best.candidate !== undefined) return best;
    const isIt = ({ id }: Entered): boolean =>
      !taken.has(id) &&
      evaluations.some(
        ({ split, step, candidate, result }) =>
          split === "validation" && step <= best.step && candidate === id && result.mean === best.score,
      );
    // A later one with the same score would not have been accepted over it.
    const found = entered.find(isIt)?.id;
    if (found !== undefined) taken.add(found);
    return found === undefined ? best : { ...best, candidate: found };
  });
}

/** The starting artifact, which no event tells of by itself, and all that entered. */
function programsOf({ spec, entered, evaluations, rollouts, steps }: Told): readonly Entered[] {
  const searches = (spec as { readonly search?: unknown } | null | undefined)?.search != null;
  if (!searches && entered.length === 0) return [];
  const known = new Set(entered.map(({ id }) => id));
  const ids = [
    ...evaluations.filter(({ step }) => step === 0).map(({ candidate }) => candidate),
    ...rollouts.map(({ candidate }) => candidate),
    ...entered.flatMap(({ parents }) => parents),
  ];
  const id = ids.find((one) => one !== undefined && !known.has(one));
  if (id === undefined) return entered;
  return [{ id, step: 0, parents: [], origin: "start", values: startValues(id, entered, steps) }, ...entered];
}

/** The first values: those of a program made from them, with what it changed taken back. */
function startValues(id: string, entered: readonly Entered[], steps: readonly StepView[]): Entered["values"] {
  for (const { record } of steps) {
    const made = entered.find((program) => program.id === record.candidate);
    if (made?.values === undefined || record.parents?.[0] !== id) continue;
    return { ...made.values, ...Object.fromEntries(record.changes.map(({ name, before }) => [name, before])) };
  }
  return undefined;
}

function measuredMeans(outcomes: readonly Outcome[]): Readonly<Record<string, number>> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { objectives = {} } of outcomes) {
    for (const [name, value] of Object.entries(objectives)) {
      const { sum, count } = sums.get(name) ?? { sum: 0, count: 0 };
      sums.set(name, { sum: sum + value, count: count + 1 });
    }
  }
  return Object.fromEntries([...sums].map(([name, { sum, count }]) => [name, sum / count]));
}
