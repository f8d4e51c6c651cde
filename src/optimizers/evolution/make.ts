/** Makes children: by proposals of the optimizer, by mixing parameter values, or in a space. */

import type { Json } from "../../util/decode.ts";
import type { Rng } from "../../util/rng.ts";
import type { AddRequest, Candidate, ProposeRequest, Rollout, SearchContext } from "../search/search.ts";
import type { Point, Space } from "../space/space.ts";
import { noteOf } from "./inspirations.ts";
import { differing, type Task } from "./plan.ts";
import type { EvolutionSettings } from "./settings.ts";
import type { EvolutionIsland } from "./state.ts";
import type { Values } from "./text.ts";

/** A child to make, with what is there to learn from. */
export interface Ready extends Task {
  /** The parent on the examples; none where nobody is asked. */
  readonly rollouts: readonly Rollout[];
}

/** What came of a task. */
export interface Made extends Ready {
  /** Undefined when nothing was changed, or a value was refused. */
  readonly candidate: Candidate | undefined;
  readonly isNew: boolean;
}

/** Runs the parents that are to be rewritten on their minibatches. */
export async function ready(context: SearchContext, tasks: readonly Task[]): Promise<readonly Ready[]> {
  const asking = tasks.filter(({ way }) => way === "propose");
  if (asking.length === 0) return tasks.map((task) => ({ ...task, rollouts: [] }));
  const runs = await context.run(asking.map(({ parent, examples }) => ({ candidate: parent.candidate, examples })));
  return tasks.map((task) => ({ ...task, rollouts: runs[asking.indexOf(task)] ?? [] }));
}

/**
 * Makes a child for each task, in their order. `attempt` counts from 0: later ones are to be less like what is there.
 */
export async function made(
  settings: EvolutionSettings,
  context: SearchContext,
  {
    tasks,
    islands,
    attempt,
  }: {
    readonly tasks: readonly Ready[];
    readonly islands: readonly EvolutionIsland[];
    readonly attempt: number;
  },
): Promise<readonly Made[]> {
  const asking = tasks.filter(({ way }) => way === "propose");
  const requests = asking.map((task, at): ProposeRequest => {
    const temperature = settings.temperatures[at % settings.temperatures.length];
    const note = noteOf(settings, context, { task, island: islands[task.island] as EvolutionIsland, attempt });
    return {
      ...{ parent: task.parent.candidate, rollouts: task.rollouts },
      origin: task.partner === undefined ? "mutation" : "crossover",
      ...(task.partner === undefined ? {} : { partners: [task.partner.candidate] }),
      ...(note === undefined ? {} : { note }),
      ...(temperature === undefined ? {} : { temperature }),
    };
  });
  const proposed = asking.length === 0 ? [] : await context.propose(requests);
  const others = tasks.filter(({ way }) => way !== "propose");
  const added =
    others.length === 0 ? [] : await context.add(others.map((task) => drawn(settings, context, task, attempt)));
  return tasks.map((task) => {
    const result = task.way === "propose" ? proposed[asking.indexOf(task)] : added[others.indexOf(task)];
    return { ...task, candidate: result?.candidate, isNew: result?.isNew ?? false };
  });
}

/** A child that nobody is asked for. */
function drawn({ space }: EvolutionSettings, context: SearchContext, task: Ready, attempt: number): AddRequest {
  const { way, parent, partner } = task;
  const parents = [parent, ...(partner === undefined ? [] : [partner])].map(({ candidate }) => candidate);
  const origin = way === "step" ? "mutation" : way === "random" ? "random" : "crossover";
  const values = space === undefined ? mixed(context, task) : spaced(space, context, { task, attempt });
  return { values, parents, origin };
}

/** The values of the second parent for some of the parameters in which the two differ, not for all. */
function mixed(context: SearchContext, { parent, partner }: Ready): Values {
  if (partner === undefined) return {};
  const { rng } = context;
  const names = differing(context, parent, partner);
  const theirs = names.map(() => rng.integer(2) === 1);
  // A copy of one parent is no child: one name goes the other way.
  if (!theirs.includes(!theirs[0])) {
    const odd = rng.integer(names.length);
    theirs[odd] = !theirs[odd];
  }
  const { values } = context.candidate(partner.candidate);
  return Object.fromEntries(names.filter((_, at) => theirs[at]).map((name) => [name, values[name]]));
}

/** A candidate of the space. Each further attempt goes a step farther. */
function spaced(
  space: Space,
  context: SearchContext,
  { task, attempt }: { readonly task: Ready; readonly attempt: number },
): { readonly [name: string]: Json } {
  const { rng } = context;
  const pointOf = ({ candidate }: Task["parent"]) => wholePoint(space, context.candidate(candidate).values, rng);
  const { way, parent, partner } = task;
  if (way === "random") return space.valuesOf(space.random(rng));
  let point = partner === undefined ? pointOf(parent) : space.crossover(pointOf(parent), pointOf(partner), rng);
  const steps = attempt + (way === "step" ? 1 : 0);
  for (let step = 0; step < steps; step++) point = space.neighbour(point, rng);
  return space.valuesOf(point);
}

/**
 * The point of these values; for values that are not in the space, such as those of the starting artifact, others by
 * chance.
 */
function wholePoint(space: Space, values: Values, rng: Rng): Point {
  return { ...space.random(rng), ...space.pointOf(values) };
}
