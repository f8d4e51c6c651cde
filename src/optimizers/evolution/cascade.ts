/**
 * Evaluates children: first on a few examples beside their parents, then those that pass on all validation examples.
 */

import { type SamplerState, sampleMinibatches } from "../search/minibatches.ts";
import type { Outcome } from "../search/outcome.ts";
import { comparisonOf, gainOf } from "../search/ranked.ts";
import type { EvaluateRequest, SearchContext } from "../search/search.ts";
import { evaluateWithin, meanScore } from "../search/standing.ts";
import type { NewChild } from "./children.ts";
import type { EvolutionSettings } from "./settings.ts";

/** A child with its outcomes on all validation examples. */
export interface ScoredChild extends NewChild {
  readonly fitness: number;
  readonly outcomes: readonly Outcome[];
}

/** Evaluates children on all validation examples. Those that the guide could not judge are left out. */
export async function scoreChildren(
  context: SearchContext,
  children: readonly NewChild[],
): Promise<readonly ScoredChild[]> {
  const outcomes = await evaluateWithin(
    context,
    children.map(({ candidate }) => ({ candidate: candidate.id })),
  );
  return children
    .map((child, at): ScoredChild => {
      const own = outcomes[at] as readonly Outcome[];
      return { ...child, outcomes: own, fitness: meanScore(own) };
    })
    .filter(({ fitness }) => Number.isFinite(fitness));
}

/** The children that are worth all validation examples, and the validation examples that are still to come. */
export async function passCascade(
  { cascade }: EvolutionSettings,
  context: SearchContext,
  children: readonly NewChild[],
  validation: SamplerState,
): Promise<readonly [readonly NewChild[], SamplerState]> {
  if (cascade === null || children.length === 0) return [children, validation];
  if (cascade.on === "minibatch") {
    const trials = children.map((child) => trialOf(child, { split: "train", examples: child.examples }));
    return [await passTrials(context, trials, cascade.threshold), validation];
  }
  if (cascade.examples >= context.validation.length) return [children, validation];
  const size = { size: cascade.examples, count: 1 };
  const [[examples = []], after] = sampleMinibatches(validation, context.validation, size, context.rng);
  const trials = children.map((child) => trialOf(child, { examples }));
  return [await passTrials(context, trials, cascade.threshold), after];
}

/** What a child is evaluated on first, and its parent too unless the rollouts give its outcomes. */
interface CascadeTrial {
  readonly child: NewChild;
  readonly own: EvaluateRequest;
  readonly parent: EvaluateRequest | undefined;
}

function trialOf(child: NewChild, first: Pick<EvaluateRequest, "split" | "examples">): CascadeTrial {
  const isKnown = first.split === "train" && child.rollouts.length > 0;
  return {
    child,
    own: { candidate: child.candidate.id, ...first },
    parent: isKnown ? undefined : { candidate: child.parent.candidate, ...first },
  };
}

async function passTrials(
  context: SearchContext,
  trials: readonly CascadeTrial[],
  threshold: number,
): Promise<readonly NewChild[]> {
  const parents = trials.map(({ parent }) => parent).filter((request) => request !== undefined);
  const outcomes = await evaluateWithin(context, [...trials.map(({ own }) => own), ...parents]);
  const ofParents = outcomes.slice(trials.length).values();
  const before = trials.map(({ child, parent }) =>
    parent === undefined ? child.rollouts.map(({ outcome }) => outcome) : (ofParents.next().value ?? []),
  );
  return trials
    .filter((_, at) =>
      isFarEnoughAbove(outcomes[at] as readonly Outcome[], before[at] as readonly Outcome[], threshold),
    )
    .map(({ child }) => child);
}

/** Whether the child is `threshold` above its parent where both have scores. With no such example any score will do. */
function isFarEnoughAbove(child: readonly Outcome[], parent: readonly Outcome[], threshold: number): boolean {
  const { differences, rounding } = comparisonOf(child, parent);
  const required = -threshold * differences.length;
  if (differences.length > 0) return gainOf({ differences: [...differences, required], rounding }) >= 0;
  return child.some(({ score }) => score !== undefined);
}
