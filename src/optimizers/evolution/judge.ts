/** Judges children: first on a few examples beside their parents, then those that did not do badly on all. */

import { type Draws, draw } from "../search/draws.ts";
import type { Outcome } from "../search/outcome.ts";
import { comparisonOf, gainOf } from "../search/ranked.ts";
import type { EvaluateRequest, SearchContext } from "../search/search.ts";
import { judgeWithin, meanScore } from "../search/standing.ts";
import type { Child } from "./novelty.ts";
import type { EvolutionSettings } from "./settings.ts";

/** A child that was judged on all validation examples. */
export interface Judged extends Child {
  readonly fitness: number;
  readonly outcomes: readonly Outcome[];
}

/** The children that passed and could be judged, and the validation examples that have still to come. */
export async function judged(
  settings: EvolutionSettings,
  context: SearchContext,
  { children, waiting }: { readonly children: readonly Child[]; readonly waiting: Draws },
): Promise<readonly [readonly Judged[], Draws]> {
  const [passed, after] = await cascaded(settings, context, { children, waiting });
  const outcomes = await judgeWithin(
    context,
    passed.map(({ candidate }) => ({ candidate: candidate.id })),
  );
  const scored = passed.map((child, at) => ({
    ...child,
    outcomes: outcomes[at] as readonly Outcome[],
    fitness: meanScore(outcomes[at] as readonly Outcome[]),
  }));
  return [scored.filter(({ fitness }) => Number.isFinite(fitness)), after];
}

async function cascaded(
  { cascade }: EvolutionSettings,
  context: SearchContext,
  { children, waiting }: { readonly children: readonly Child[]; readonly waiting: Draws },
): Promise<readonly [readonly Child[], Draws]> {
  if (cascade === null || children.length === 0) return [children, waiting];
  if (cascade.on === "minibatch") {
    const first = ({ examples }: Child, candidate: string) => ({ candidate, examples, split: "train" }) as const;
    return [await betterThanParents(context, children, { first, threshold: cascade.threshold }), waiting];
  }
  if (cascade.examples >= context.validation.length) return [children, waiting];
  const size = { size: cascade.examples, count: 1 };
  const [[examples = []], after] = draw(waiting, context.validation, size, context.rng);
  const first = (_: Child, candidate: string) => ({ candidate, examples });
  return [await betterThanParents(context, children, { first, threshold: cascade.threshold }), after];
}

/**
 * The children that pass on what they are judged on first, where their parents are judged too if they have not been.
 */
async function betterThanParents(
  context: SearchContext,
  children: readonly Child[],
  by: { readonly first: (child: Child, candidate: string) => EvaluateRequest; readonly threshold: number },
): Promise<readonly Child[]> {
  const ran = (child: Child, { split }: EvaluateRequest) => split === "train" && child.rollouts.length > 0;
  const pairs = children.map((child) => {
    const [own, parent] = [by.first(child, child.candidate.id), by.first(child, child.parent.candidate)];
    return { child, own, parent: ran(child, parent) ? undefined : parent };
  });
  const parents = pairs.map(({ parent }) => parent).filter((request) => request !== undefined);
  const outcomes = await judgeWithin(context, [...pairs.map(({ own }) => own), ...parents]);
  const passed = pairs.filter(({ child, parent }, at) => {
    const before = parent === undefined ? undefined : outcomes[children.length + parents.indexOf(parent)];
    const known = before ?? child.rollouts.map(({ outcome }) => outcome);
    return passes(outcomes[at] as readonly Outcome[], known, by.threshold);
  });
  return passed.map(({ child }) => child);
}

/**
 * Whether the child is far enough above its parent where both have scores; where its parent has none, any score will
 * do.
 */
function passes(child: readonly Outcome[], parent: readonly Outcome[], threshold: number): boolean {
  const { differences, rounding } = comparisonOf(child, parent);
  const wanted = -threshold * differences.length;
  if (differences.length > 0) return gainOf({ differences: [...differences, wanted], rounding }) >= 0;
  return child.some(({ score }) => score !== undefined);
}
