/** Makes children: by proposals of the optimizer, by mixing parameter values, or in a space. */

import type { Json } from "../../util/decode.ts";
import type { Rng } from "../../util/rng.ts";
import type { Point, Space } from "../local-search/space.ts";
import type { AddRequest, Program, ProposeRequest, Rollout, SearchWorld } from "../search/search.ts";
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
  readonly program: Program | undefined;
  readonly isNew: boolean;
}

/** Runs the parents that are to be rewritten on their minibatches. */
export async function ready(world: SearchWorld, tasks: readonly Task[]): Promise<readonly Ready[]> {
  const asking = tasks.filter(({ way }) => way === "propose");
  if (asking.length === 0) return tasks.map((task) => ({ ...task, rollouts: [] }));
  const runs = await world.run(asking.map(({ parent, examples }) => ({ program: parent.program, examples })));
  return tasks.map((task) => ({ ...task, rollouts: runs[asking.indexOf(task)] ?? [] }));
}

/**
 * Makes a child for each task, in their order. `attempt` counts from 0: later ones are to be less like what is there.
 */
export async function made(
  settings: EvolutionSettings,
  world: SearchWorld,
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
    const note = noteOf(settings, world, { task, island: islands[task.island] as EvolutionIsland, attempt });
    return {
      ...{ parent: task.parent.program, rollouts: task.rollouts },
      origin: task.partner === undefined ? "mutation" : "crossover",
      ...(task.partner === undefined ? {} : { partners: [task.partner.program] }),
      ...(note === undefined ? {} : { note }),
      ...(temperature === undefined ? {} : { temperature }),
    };
  });
  const proposed = asking.length === 0 ? [] : await world.propose(requests);
  const others = tasks.filter(({ way }) => way !== "propose");
  const added = others.length === 0 ? [] : await world.add(others.map((task) => drawn(settings, world, task, attempt)));
  return tasks.map((task) => {
    const result = task.way === "propose" ? proposed[asking.indexOf(task)] : added[others.indexOf(task)];
    return { ...task, program: result?.program, isNew: result?.isNew ?? false };
  });
}

/** A child that nobody is asked for. */
function drawn({ space }: EvolutionSettings, world: SearchWorld, task: Ready, attempt: number): AddRequest {
  const { way, parent, partner } = task;
  const parents = [parent, ...(partner === undefined ? [] : [partner])].map(({ program }) => program);
  const origin = way === "step" ? "mutation" : way === "random" ? "random" : "crossover";
  const values = space === undefined ? mixed(world, task) : spaced(space, world, { task, attempt });
  return { values, parents, origin };
}

/** The values of the second parent for some of the parameters in which the two differ, not for all. */
function mixed(world: SearchWorld, { parent, partner }: Ready): Values {
  if (partner === undefined) return {};
  const { rng } = world;
  const names = differing(world, parent, partner);
  const theirs = names.map(() => rng.integer(2) === 1);
  // A copy of one parent is no child: one name goes the other way.
  if (!theirs.includes(!theirs[0])) {
    const odd = rng.integer(names.length);
    theirs[odd] = !theirs[odd];
  }
  const { values } = world.program(partner.program);
  return Object.fromEntries(names.filter((_, at) => theirs[at]).map((name) => [name, values[name]]));
}

/** A program of the space. Each further attempt goes a step farther. */
function spaced(
  space: Space,
  world: SearchWorld,
  { task, attempt }: { readonly task: Ready; readonly attempt: number },
): { readonly [name: string]: Json } {
  const { rng } = world;
  const pointOf = ({ program }: Task["parent"]) => wholePoint(space, world.program(program).values, rng);
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
