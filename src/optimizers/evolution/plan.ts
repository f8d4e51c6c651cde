/** What a round sets out to make: for each child its island, its parents, and how it is made of them. */

import { sampleIndex } from "../../math/weighted-sample.ts";
import type { Json } from "../../util/decode.ts";
import { stableStringify } from "../../util/json.ts";
import { draw } from "../search/draws.ts";
import type { SearchContext } from "../search/search.ts";
import { drawParent } from "./parents.ts";
import type { EvolutionSettings } from "./settings.ts";
import { chosenOnce, type EvolutionIsland, type EvolutionMember, type EvolutionState } from "./state.ts";

/**
 * How a child is made: `propose` by the model, from one parent or with a second in view; `mix` from the parameter
 * values of two; `step`, `cross` and `random` in a space.
 */
export type Way = "propose" | "mix" | "step" | "cross" | "random";

/** A child to make. */
export interface Task {
  readonly island: number;
  readonly way: Way;
  readonly parent: EvolutionMember;
  /** Of a crossover. */
  readonly partner: EvolutionMember | undefined;
  /** Training examples that it is made by, or first judged on. */
  readonly examples: readonly string[];
}

/** The children of a round, and the state with their parents counted. */
export function planned(
  settings: EvolutionSettings,
  state: EvolutionState,
  context: SearchContext,
): readonly [readonly Task[], EvolutionState] {
  const [minibatches, train] = minibatchesOf(settings, state, context);
  const islands = [...state.islands];
  const tasks = minibatches.map((examples, at): Task => {
    const island = (state.next + at) % islands.length;
    const here = islands[island] as EvolutionIsland;
    const made = parentsOf(settings, here, context);
    islands[island] = chosenOnce(here, made.parent.candidate);
    return { island, examples, ...made };
  });
  const next = (state.next + settings.children) % islands.length;
  return [tasks, { ...state, islands, next, train }];
}

function minibatchesOf(
  { children, minibatchSize, space, cascade }: EvolutionSettings,
  { train }: EvolutionState,
  { train: ids, rng }: SearchContext,
): ReturnType<typeof draw> {
  if (space !== undefined && cascade?.on !== "minibatch") return [Array.from({ length: children }, () => []), train];
  return draw(train, ids, { size: minibatchSize, count: children }, rng);
}

function parentsOf(
  { operators, parent: how, space }: EvolutionSettings,
  island: EvolutionIsland,
  context: SearchContext,
): Pick<Task, "way" | "parent" | "partner"> {
  const { rng } = context;
  const { mutate, crossover, random } = operators;
  const operator = sampleIndex([mutate, crossover, random], rng);
  const parent = drawParent(island, how, rng) as EvolutionMember;
  const alone = { parent, partner: undefined };
  if (operator === 2) return { way: "random", ...alone };
  const partner = operator === 1 ? drawParent(island, how, rng, parent.candidate) : undefined;
  if (space !== undefined) return partner === undefined ? { way: "step", ...alone } : { way: "cross", parent, partner };
  if (partner === undefined) return { way: "propose", ...alone };
  if (differing(context, parent, partner).length >= 2) return { way: "mix", parent, partner };
  return context.llm === undefined ? { way: "propose", ...alone } : { way: "propose", parent, partner };
}

/** The names of the parameters in which two candidates differ. */
export function differing(
  context: SearchContext,
  one: Pick<EvolutionMember, "candidate">,
  other: Pick<EvolutionMember, "candidate">,
): readonly string[] {
  const [a, b] = [context.candidate(one.candidate).values, context.candidate(other.candidate).values];
  return context.names.filter((name) => stableStringify(a[name] as Json) !== stableStringify(b[name] as Json));
}
