/** Reads a run's description as its journal recorded it: of any version, or damaged, so every field is checked. */

import type { Objective } from "../math/pareto.ts";

/** The fields that are read here, none of which can be trusted. */
interface RecordedLoop {
  readonly search?: { readonly name?: unknown } | null;
  readonly optimizer?: { readonly name?: unknown } | null;
  readonly budget?: { readonly steps?: unknown; readonly evaluations?: unknown } | null;
  readonly objectives?: unknown;
  readonly selection?: unknown;
}

function loopOf(spec: unknown): RecordedLoop {
  return typeof spec === "object" && spec !== null ? spec : {};
}

/** Whether the run is a search. Otherwise it takes one step after the other from a single candidate. */
export function isSearch({ spec }: { readonly spec: unknown }): boolean {
  return loopOf(spec).search != null;
}

/** Whether the last candidate ships, so that no score chooses. */
export function shipsLast(spec: unknown): boolean {
  return loopOf(spec).selection === "last";
}

/** The search and the optimizer: `gepa with OptoPrime`; empty where neither has a name. */
export function methodText(spec: unknown): string {
  const { search, optimizer } = loopOf(spec);
  return [search?.name, optimizer?.name].filter((name) => typeof name === "string" && name !== "").join(" with ");
}

/** The budget of steps or rounds; undefined where there is none. */
export function stepBudget(spec: unknown): number | undefined {
  return positiveNumber(loopOf(spec).budget?.steps);
}

/** The budget of evaluations; undefined where there is none. */
export function evaluationBudget(spec: unknown): number | undefined {
  return positiveNumber(loopOf(spec).budget?.evaluations);
}

function positiveNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : undefined;
}

/** Something that the guide measured beside the score. */
export interface Measure {
  readonly name: string;
  /** Undefined where the run does not say whether more or less is better: then it does not count for the front. */
  readonly goal: Objective["goal"] | undefined;
}

/** The objectives of the run, each name once. */
export function objectivesOf(spec: unknown): readonly Measure[] {
  const { objectives } = loopOf(spec);
  if (!Array.isArray(objectives)) return [];
  const measures = new Map<string, Measure>();
  for (const one of objectives as readonly (Partial<Record<keyof Measure, unknown>> | null | undefined)[]) {
    if (typeof one?.name !== "string" || measures.has(one.name)) continue;
    const goal = one.goal === "maximize" || one.goal === "minimize" ? one.goal : undefined;
    measures.set(one.name, { name: one.name, goal });
  }
  return [...measures.values()];
}
