/**
 * GEPA's mutation as a round: parents are rewritten by their minibatches, and the children evaluated on the same ones.
 * Children that pass the gate join the pool.
 */

import type { Outcome } from "../search/outcome.ts";
import { comparisonOf, gainOf } from "../search/ranked.ts";
import type { ProposeResult, Rollout, SearchContext } from "../search/search.ts";
import { nextMinibatch } from "./epoch-sampler.ts";
import { bestCandidate, sampleEpsilonGreedyParent, sampleParent, sampleTopKParent } from "./parents.ts";
import { type PoolView, viewPool } from "./pool.ts";
import type { GepaSettings } from "./settings.ts";
import type { GepaState } from "./state.ts";
import { inheritTurns, takeTurns } from "./turns.ts";

/** A candidate to rewrite, and the examples to learn from. */
interface MutationTask {
  readonly parent: string;
  readonly examples: readonly string[];
}

/** A task with the candidate's rollouts on its examples, and the parameters that may change. */
interface MutationRequest extends MutationTask {
  readonly rollouts: readonly Rollout[];
  readonly focus: readonly string[];
}

/** A child, and by how much it scores above its parent on its minibatch. */
interface MutationChild {
  readonly id: string;
  readonly parent: string;
  readonly gain: number;
}

/** One round of proposals, and the state after it. */
export async function mutate(settings: GepaSettings, state: GepaState, context: SearchContext): Promise<GepaState> {
  const [tasks, sampled] = sampleTasks(settings, state, context);
  // A child that the budget could not evaluate on the validation examples would be bought for nothing.
  context.requireBudget(2 * tasks.length * settings.minibatchSize + context.validation.length);
  const rollouts = await context.run(tasks.map(({ parent, examples }) => ({ candidate: parent, examples })));
  const worth = tasks
    .map((task, at) => ({ ...task, rollouts: rollouts[at] as readonly Rollout[] }))
    .filter((task) => hasLearningItems(task.rollouts, context.maxScore));
  const [requests, turns] =
    settings.components === "all"
      ? [worth.map((task) => ({ ...task, focus: context.names })), state.turns]
      : takeTurns(worth, state.turns, context.names);
  const proposed = await context.propose(
    requests.map(({ parent, focus, rollouts: own }) => ({ parent, focus, rollouts: own })),
  );
  const children = await evaluateChildren(requests, proposed, state, context);
  const passed = children.filter(({ gain }) => settings.gate.passes(gain));
  const joining = selectChildren(passed, settings.keep);
  await context.evaluate(joining.map(({ id }) => ({ candidate: id })));
  const due = state.mergeCount < settings.maxMerges ? state.mergesDue + joining.length : 0;
  return {
    ...sampled,
    turns: inheritTurns(
      turns,
      joining.map(({ id, parent }) => ({ id, parents: [parent] })),
    ),
    accepted: [...state.accepted, ...joining.map(({ id }) => id)],
    found: joining.length > 0,
    mergesDue: due,
  };
}

function sampleTasks(
  { parallel: { parents, proposals }, minibatchSize, parent: rule, frontKind }: GepaSettings,
  state: GepaState,
  context: SearchContext,
): readonly [readonly MutationTask[], GepaState] {
  const pool = viewPool(state, context, frontKind);
  let { epoch, minibatchCount } = state;
  const tasks: MutationTask[] = [];
  for (let at = 0; at < parents; at++) {
    const parent = sampleBy(rule, pool, context);
    for (let n = 0; n < proposals; n++) {
      const [examples, next] = nextMinibatch(
        epoch,
        context.train,
        { size: minibatchSize, iteration: minibatchCount },
        context.rng,
      );
      tasks.push({ parent, examples });
      epoch = next;
      minibatchCount += 1;
    }
  }
  return [tasks, { ...state, epoch, minibatchCount }];
}

function sampleBy(rule: GepaSettings["parent"], { fronts, means }: PoolView, { rng }: SearchContext): string {
  if (rule === "pareto") return sampleParent(fronts, means, rng);
  if (rule === "best") return bestCandidate(means);
  return "topK" in rule
    ? sampleTopKParent(fronts, means, rule.topK, rng)
    : sampleEpsilonGreedyParent(means, rule.epsilon, rng);
}

/** Whether there is something to learn: some rollouts have feedback, and not all have the maximum score. */
function hasLearningItems(rollouts: readonly Rollout[], maxScore = Number.POSITIVE_INFINITY): boolean {
  const learnable = rollouts.filter(({ experiences }) => experiences.length > 0);
  return learnable.some(({ outcome: { score, failure } }) => failure !== undefined || (score ?? maxScore) < maxScore);
}

/** The new candidates among the proposals, each once, evaluated on the minibatch that it was made from. */
async function evaluateChildren(
  requests: readonly MutationRequest[],
  proposed: readonly ProposeResult[],
  { accepted }: GepaState,
  context: SearchContext,
): Promise<readonly MutationChild[]> {
  const seen = new Set(accepted);
  const fresh = proposed.flatMap(({ candidate }, at) => {
    if (candidate === undefined || seen.has(candidate.id)) return [];
    seen.add(candidate.id);
    return [{ candidate: candidate.id, ...(requests[at] as MutationRequest) }];
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

function selectChildren(passed: readonly MutationChild[], keep: GepaSettings["keep"]): readonly MutationChild[] {
  if (keep === "all") return passed;
  const count = keep === "best" ? 1 : keep.topK;
  return [...passed].sort((a, b) => b.gain - a.gain).slice(0, count);
}
