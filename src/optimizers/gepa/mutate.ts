/** GEPA's mutation: rewrite parents by their minibatches, judge the children on the same ones, keep those that pass the gate. */

import { nextMinibatch } from "../pure/epoch-sampler.ts";
import { bestCandidate, drawParent, drawTopKParent, epsilonGreedyParent } from "../pure/parents.ts";
import type { Outcome } from "../search/outcome.ts";
import { comparisonOf, gainOf } from "../search/ranked.ts";
import type { Proposed, Rollout, SearchWorld } from "../search/search.ts";
import { type PoolView, viewPool } from "./pool.ts";
import type { GepaSettings } from "./settings.ts";
import type { GepaState } from "./state.ts";
import { inherited, takeTurns } from "./turns.ts";

/** A program to rewrite, and the examples to learn from. */
interface Task {
  readonly parent: string;
  readonly examples: readonly string[];
}

/** A proposal to ask for: what the program did on its examples, and which parameters may change. */
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
export async function mutated(settings: GepaSettings, state: GepaState, world: SearchWorld): Promise<GepaState> {
  const [tasks, drawn] = drawTasks(settings, state, world);
  // A child that could not be judged on the validation examples any more would be bought for nothing.
  world.requireRoom(2 * tasks.length * settings.minibatch + world.validation.length);
  const rollouts = await world.run(tasks.map(({ parent, examples }) => ({ program: parent, examples })));
  const worth = tasks
    .map((task, at) => ({ ...task, rollouts: rollouts[at] as readonly Rollout[] }))
    .filter((task) => teaches(task.rollouts, world.maxScore));
  const [lessons, turns] =
    settings.components === "all"
      ? [worth.map((task) => ({ ...task, focus: world.names })), state.turns]
      : takeTurns(worth, state.turns, world.names);
  const proposed = await world.propose(
    lessons.map(({ parent, focus, rollouts: seen }) => ({ parent, focus, rollouts: seen })),
  );
  const children = await judged(lessons, proposed, state, world);
  const passed = children.filter(({ gain }) => settings.gate.passes(gain));
  const kept = chosen(passed, settings.keep);
  await world.evaluate(kept.map(({ id }) => ({ program: id })));
  const due = state.mergesMade < settings.merges ? state.mergesDue + kept.length : 0;
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
  { parents, proposals, minibatch, parent: way, front }: GepaSettings,
  state: GepaState,
  world: SearchWorld,
): readonly [readonly Task[], GepaState] {
  const stand = viewPool(state, world, front);
  let { epoch, draws } = state;
  const tasks: Task[] = [];
  for (let at = 0; at < parents; at++) {
    const parent = draw(way, stand, world);
    for (let n = 0; n < proposals; n++) {
      const [examples, next] = nextMinibatch(epoch, world.train, { size: minibatch, iteration: draws }, world.rng);
      tasks.push({ parent, examples });
      epoch = next;
      draws += 1;
    }
  }
  return [tasks, { ...state, epoch, draws }];
}

function draw(way: GepaSettings["parent"], { fronts, means }: PoolView, { rng }: SearchWorld): string {
  if (way === "pareto") return drawParent(fronts, means, rng);
  if (way === "best") return bestCandidate(means);
  return "topK" in way ? drawTopKParent(fronts, means, way.topK, rng) : epsilonGreedyParent(means, way.epsilon, rng);
}

/** Whether something can be learnt from these runs: some could be judged, and not all are perfect. */
function teaches(rollouts: readonly Rollout[], maxScore = Number.POSITIVE_INFINITY): boolean {
  const learnable = rollouts.filter(({ experiences }) => experiences.length > 0);
  return learnable.some(({ outcome: { score, failure } }) => failure !== undefined || (score ?? maxScore) < maxScore);
}

/** The new programs among what was proposed, each once, judged on the minibatch that it was made from. */
async function judged(
  lessons: readonly Lesson[],
  proposed: readonly Proposed[],
  { accepted }: GepaState,
  world: SearchWorld,
): Promise<readonly Child[]> {
  const seen = new Set(accepted);
  const fresh = proposed.flatMap(({ program }, at) => {
    if (program === undefined || seen.has(program.id)) return [];
    seen.add(program.id);
    return [{ program: program.id, ...(lessons[at] as Lesson) }];
  });
  const outcomes = await world.evaluate(
    fresh.map(({ program, examples }) => ({ program, examples, split: "train" as const })),
  );
  return fresh.map(({ program, parent, rollouts }, at) => {
    const comparison = comparisonOf(
      outcomes[at] as readonly Outcome[],
      rollouts.map(({ outcome }) => outcome),
    );
    return { id: program, parent, gain: gainOf(comparison) };
  });
}

function chosen(passed: readonly Child[], keep: GepaSettings["keep"]): readonly Child[] {
  if (keep === "all") return passed;
  const count = keep === "best" ? 1 : keep.topK;
  return [...passed].sort((a, b) => b.gain - a.gain).slice(0, count);
}
