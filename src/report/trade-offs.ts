/** Candidates by several measures at once: the score, the run's objectives, and which candidates none dominates. */

import { type Objective, paretoFront } from "../math/pareto.ts";
import { type Measure, objectivesOf } from "./recorded-spec.ts";
import type { CandidateView, RunView } from "./run-view.ts";

/** The scored candidates by all measures. */
export interface TradeOffs {
  readonly measures: readonly Measure[];
  /** The candidates that have a score, in the order in which they came. */
  readonly candidates: readonly CandidateView[];
  /** Those that no other dominates: by score, and by each measure with a goal. */
  readonly front: readonly CandidateView[];
}

/** The trade-offs of a search; undefined when nothing but the score was measured. */
export function tradeOffsOf({ spec, candidates: all }: RunView): TradeOffs | undefined {
  const candidates = all.filter(({ mean }) => mean !== undefined);
  const objectives = objectivesOf(spec);
  const names = new Set(candidates.flatMap((candidate) => Object.keys(candidate.objectives)));
  const others = [...names].filter((name) => objectives.every((one) => one.name !== name));
  const measures = [...objectives, ...others.map((name) => ({ name, goal: undefined }))];
  if (measures.length === 0 || candidates.length === 0) return undefined;
  return { measures, candidates, front: frontOf(candidates, measures) };
}

function frontOf(candidates: readonly CandidateView[], measures: readonly Measure[]): readonly CandidateView[] {
  const aims = measures.filter((measure): measure is Objective => measure.goal !== undefined);
  // Objectives go by numbers here: one may be called "score".
  const objectives: Objective[] = [{ name: "score", goal: "maximize" }];
  for (const [index, { goal }] of aims.entries()) objectives.push({ name: String(index), goal });
  const scores = (candidate: CandidateView): Record<string, number> => {
    const known = aims.map(({ name }, index) => [String(index), meanOf(candidate, name)] as const);
    const all = [["score", candidate.mean] as const, ...known];
    return Object.fromEntries(all.filter((pair): pair is readonly [string, number] => pair[1] !== undefined));
  };
  return paretoFront(candidates, scores, objectives);
}

/** The mean of a measure over a candidate's evaluations; undefined where it was not measured. */
export function meanOf({ objectives }: CandidateView, name: string): number | undefined {
  return Object.hasOwn(objectives, name) ? objectives[name] : undefined;
}
