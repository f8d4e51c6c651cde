/**
 * What programs are worth by several measures at once: the score and the run's objectives, and which no other one
 * beats.
 */

import { type Objective, paretoFront } from "../math/pareto.ts";
import type { CandidateView, RunView } from "./run-view.ts";

/** Something that the judge measured beside the score. */
export interface Measure {
  readonly name: string;
  /** Undefined where the run does not say whether more or less is better: it tells nothing about the front then. */
  readonly goal: Objective["goal"] | undefined;
}

/** The scored programs by all measures. */
export interface TradeOffs {
  readonly measures: readonly Measure[];
  /** The programs that have a score, in the order in which they came. */
  readonly programs: readonly CandidateView[];
  /** Those that no other is better than in one respect and worse in none: by score, and by each measure with a goal. */
  readonly front: readonly CandidateView[];
}

/** The trade-offs of a search; undefined when nothing but the score was measured. */
export function tradeOffsOf({ spec, candidates }: RunView): TradeOffs | undefined {
  const programs = candidates.filter(({ mean }) => mean !== undefined);
  const given = givenObjectives(spec);
  const names = new Set(programs.flatMap(({ objectives }) => Object.keys(objectives)));
  const others = [...names].filter((name) => given.every((one) => one.name !== name));
  const measures = [...given, ...others.map((name) => ({ name, goal: undefined }))];
  if (measures.length === 0 || programs.length === 0) return undefined;
  return { measures, programs, front: frontOf(programs, measures) };
}

function frontOf(programs: readonly CandidateView[], measures: readonly Measure[]): readonly CandidateView[] {
  const aims = measures.filter((measure): measure is Objective => measure.goal !== undefined);
  // Objectives go by numbers here: one may well be named as the score.
  const objectives: Objective[] = [{ name: "score", goal: "maximize" }];
  for (const [index, { goal }] of aims.entries()) objectives.push({ name: String(index), goal });
  const scores = (program: CandidateView): Record<string, number> => {
    const known = aims.map(({ name }, index) => [String(index), measured(program, name)] as const);
    const all = [["score", program.mean] as const, ...known];
    return Object.fromEntries(all.filter((pair): pair is readonly [string, number] => pair[1] !== undefined));
  };
  return paretoFront(programs, scores, objectives);
}

/** What a program came to by a measure; undefined where that was not measured. */
export function measured({ objectives }: CandidateView, name: string): number | undefined {
  return Object.hasOwn(objectives, name) ? objectives[name] : undefined;
}

/** The objectives of a spec, which may be of any version, or hostile. */
function givenObjectives(spec: unknown): readonly Measure[] {
  const given = (spec as { readonly objectives?: unknown } | null | undefined)?.objectives;
  if (!Array.isArray(given)) return [];
  const measures = new Map<string, Measure>();
  for (const one of given as readonly ({ readonly name?: unknown; readonly goal?: unknown } | null | undefined)[]) {
    if (typeof one?.name !== "string" || measures.has(one.name)) continue;
    const goal = one.goal === "maximize" || one.goal === "minimize" ? one.goal : undefined;
    measures.set(one.name, { name: one.name, goal });
  }
  return [...measures.values()];
}
