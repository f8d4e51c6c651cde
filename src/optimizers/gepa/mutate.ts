/**
 * GEPA's mutation: rewrite parents by their minibatches, judge the children on the same ones, keep those that pass the
 * gate.
 */

import type { Outcome } from "../search/outcome.ts";
import { comparisonOf, gainOf } from "../search/ranked.ts";
import type { ProposeResult, Rollout, SearchContext } from "../search/search.ts";
import { nextMinibatch } from "./epoch-sampler.ts";
import { bestCandidate, drawTopKParent, epsilonGreedyParent, sampleParent } from "./parents.ts";
import { type PoolView, viewPool } from "./pool.ts";
import type { GepaSettings } from "./settings.ts";
import type { GepaState } from "./state.ts";
import { inherited, takeTurns } from "./turns.ts";

/** A candidate to rewrite, and the examples to learn from. */
interface Task {
  readonly parent: string;
  readonly examples: readonly string[];
}

/** A proposal to ask for: what the candidate did on its examples, and which parameters may change. */
interface Lesson extends Task {
  readonly rollouts: readonly Rollout[];
  readonly focus: readonly string[];
}

/** A child with the scores of it and its parent on its minibatch. */
interface Child {
  readonly id: string;
  readonly parent: string;
  readonly gain: number;
}

/** One round of proposals, and the state after it. */
export async function mutated(settings: GepaSettings, state: GepaState, context: SearchContext): Promise<GepaState> {
  const [tasks, drawn] = drawTasks(settings, state, context);
  // A child that could not be judged on the validation examples any more would be bought for nothing.
  context.requireBudget(2 * tasks.length * settings.minibatchSize + context.validation.length);
  const rollouts = await context.run(tasks.map(({ parent, examples }) => ({ candidate: parent, examples })));
  const worth = tasks
    .map((task, at) => ({ ...task, rollouts: rollouts[at] as readonly Rollout[] }))
    .filter((task) => teaches(task.rollouts, context.maxScore));
  const [lessons, turns] =
    settings.components === "all"
      ? [worth.map((task) => ({ ...task, focus: context.names })), state.turns]
      : takeTurns(worth, state.turns, context.names);
  const proposed = await context.propose(
    lessons.map(({ parent, focus, rollouts: seen }) => ({ parent, focus, rollouts: seen })),
  );
  const children = await judged(lessons, proposed, state, context);
  const passed = children.filter(({ gain }) => settings.gate.passes(gain));
  const kept = chosen(passed, settings.keep);
  await context.evaluate(kept.map(({ id }) => ({ candidate: id })));
  const due = state.mergesMade < settings.maxMerges ? state.mergesDue + kept.length : 0;
  return {
    ...drawn,
    turns: inherited(
      turns,
      kept.map(({ id, parent }) => ({ id, parents: [parent] })),
    ),
    accepted: [...state.accepted, ...kept.map(({ id }) => id)],
    found: kept.length > 0,
    mergesDue: due,
  };
}

function drawTasks(
  { parents, proposals, minibatchSize, parent: way, frontKind }: GepaSettings,
  state: GepaState,
  context: SearchContext,
): readonly [readonly Task[], GepaState] {
  const stand = viewPool(state, context, frontKind);
  let { epoch, draws } = state;
  const tasks: Task[] = [];
  for (let at = 0; at < parents; at++) {
    const parent = draw(way, stand, context);
    for (let n = 0; n < proposals; n++) {
      const [examples, next] = nextMinibatch(
        epoch,
        context.train,
        { size: minibatchSize, iteration: draws },
        context.rng,
      );
      tasks.push({ parent, examples });
      epoch = next;
      draws += 1;
    }
  }
  return [tasks, { ...state, epoch, draws }];
}

function draw(way: GepaSettings["parent"], { fronts, means }: PoolView, { rng }: SearchContext): string {
  if (way === "pareto") return sampleParent(fronts, means, rng);
  if (way === "best") return bestCandidate(means);
  return "topK" in way ? drawTopKParent(fronts, means, way.topK, rng) : epsilonGreedyParent(means, way.epsilon, rng);
}

/** Whether something can be learnt from these runs: some could be judged, and not all are perfect. */
function teaches(rollouts: readonly Rollout[], maxScore = Number.POSITIVE_INFINITY): boolean {
  const learnable = rollouts.filter(({ experiences }) => experiences.length > 0);
  return learnable.some(({ outcome: { score, failure } }) => failure !== undefined || (score ?? maxScore) < maxScore);
}

/** The new candidates among what was proposed, each once, judged on the minibatch that it was made from. */
async function judged(
  lessons: readonly Lesson[],
  proposed: readonly ProposeResult[],
  { accepted }: GepaState,
  context: SearchContext,
): Promise<readonly Child[]> {
  const seen = new Set(accepted);
  const fresh = proposed.flatMap(({ candidate }, at) => {
    if (candidate === undefined || seen.has(candidate.id)) return [];
    seen.add(candidate.id);
    return [{ candidate: candidate.id, ...(lessons[at] as Lesson) }];
  });
  const outcomes = await context.evaluate(
    fresh.map(({ candidate, examples }) => ({ candidate, examples, split: "train" as const })),
  );
  return fresh.map(({ candidate, parent, rollouts }, at) => {
    const comparison = comparisonOf(
      outcomes[at] as readonly Outcome[],
      rollouts.map(({ outcome }) => outcome),
    );
    return { id: candidate, parent, gain: gainOf(comparison) };
  });
}

function chosen(passed: readonly Child[], keep: GepaSettings["keep"]): readonly Child[] {
  if (keep === "all") return passed;
  const count = keep === "best" ? 1 : keep.topK;
  return [...passed].sort((a, b) => b.gain - a.gain).slice(0, count);
}
