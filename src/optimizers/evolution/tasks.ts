/** What a round sets out to make: for each child its island, its parents, and how it is made from them. */

import { noveltyWeights, sampleIndex } from "../../math/weighted-sample.ts";
import type { Json } from "../../util/decode.ts";
import { stableStringify } from "../../util/json.ts";
import type { Rng } from "../../util/rng.ts";
import { sampleMinibatches } from "../search/minibatches.ts";
import type { SearchContext } from "../search/search.ts";
import { countChild, type EvolutionIsland, type EvolutionMember, type EvolutionState } from "./islands.ts";
import type { EvolutionSettings } from "./settings.ts";

/**
 * How a child is made: `propose` asks the model, with one parent or with a second in view; `mix` combines the
 * parameter values of two; `step`, `cross` and `random` work in a space.
 */
export type ChildMethod = "propose" | "mix" | "step" | "cross" | "random";

/** A child to make. */
export interface ChildTask {
  readonly island: number;
  readonly method: ChildMethod;
  readonly parent: EvolutionMember;
  /** The second parent of a crossover. */
  readonly partner: EvolutionMember | undefined;
  /** The training examples that it learns from, or is first judged on. */
  readonly examples: readonly string[];
}

/** Plans the children of a round; the state afterwards has their parents counted. */
export function planChildren(
  settings: EvolutionSettings,
  state: EvolutionState,
  context: SearchContext,
): readonly [readonly ChildTask[], EvolutionState] {
  const [minibatches, train] = minibatchesOf(settings, state, context);
  const islands = [...state.islands];
  const tasks = minibatches.map((examples, at): ChildTask => {
    const index = (state.next + at) % islands.length;
    const island = islands[index] as EvolutionIsland;
    const parents = sampleParents(settings, island, context);
    islands[index] = countChild(island, parents.parent.candidate);
    return { island: index, examples, ...parents };
  });
  const next = (state.next + settings.children) % islands.length;
  return [tasks, { ...state, islands, next, train }];
}

function minibatchesOf(
  { children, minibatchSize, space, cascade }: EvolutionSettings,
  { train }: EvolutionState,
  { train: ids, rng }: SearchContext,
): ReturnType<typeof sampleMinibatches> {
  if (space !== undefined && cascade?.on !== "minibatch") return [Array.from({ length: children }, () => []), train];
  return sampleMinibatches(train, ids, { size: minibatchSize, count: children }, rng);
}

function sampleParents(
  { operators, parent: rule, space }: EvolutionSettings,
  island: EvolutionIsland,
  context: SearchContext,
): Pick<ChildTask, "method" | "parent" | "partner"> {
  const { rng } = context;
  const operator = sampleIndex([operators.mutate, operators.crossover, operators.random], rng);
  const parent = sampleParent(island, rule, rng) as EvolutionMember;
  const alone = { parent, partner: undefined };
  if (operator === 2) return { method: "random", ...alone };
  const partner = operator === 1 ? sampleParent(island, rule, rng, parent.candidate) : undefined;
  if (space !== undefined) {
    return partner === undefined ? { method: "step", ...alone } : { method: "cross", parent, partner };
  }
  if (partner === undefined) return { method: "propose", ...alone };
  if (differingNames(context, parent, partner).length >= 2) return { method: "mix", parent, partner };
  return context.llm === undefined ? { method: "propose", ...alone } : { method: "propose", parent, partner };
}

/** The names of the parameters in which two members differ. */
export function differingNames(
  context: SearchContext,
  one: EvolutionMember,
  other: EvolutionMember,
): readonly string[] {
  const [a, b] = [context.candidate(one.candidate).values, context.candidate(other.candidate).values];
  return context.names.filter((name) => stableStringify(a[name] as Json) !== stableStringify(b[name] as Json));
}

/** A parent from the island; undefined when it has no member but `excluded`. */
function sampleParent(
  { members, elites }: EvolutionIsland,
  rule: EvolutionSettings["parent"],
  rng: Rng,
  excluded?: string,
): EvolutionMember | undefined {
  const eligible = members.filter(({ candidate }) => candidate !== excluded);
  if (eligible.length === 0) return undefined;
  return eligible[sampleIndex(parentWeights({ members: eligible, elites }, rule, rng), rng)];
}

/** ShinkaEvolve's weights, or those of OpenEvolve's mixture: any member, one of the archive, or by fitness. */
function parentWeights(
  { members, elites }: EvolutionIsland,
  rule: EvolutionSettings["parent"],
  rng: Rng,
): readonly number[] {
  const scores = scoresOf(members);
  if (rule === "weighted") {
    return noveltyWeights(members.map(({ children }, at) => ({ children, score: scores[at] as number })));
  }
  const kind = sampleIndex([rule.random, rule.archive, rule.fitness], rng);
  if (kind === 0) return members.map(() => 1);
  if (kind === 2) return fitnessWeights(scores);
  const leading = new Set(elites.map(({ candidate }) => candidate));
  const weights = members.map(({ candidate }) => (leading.has(candidate) ? 1 : 0));
  return weights.includes(1) ? weights : members.map(() => 1);
}

/** The fitness of each member; a member without one counts as the least fit. */
function scoresOf(members: readonly EvolutionMember[]): readonly number[] {
  const known = members.map(({ fitness }) => fitness).filter((fitness) => fitness !== null);
  const lowest = known.length === 0 ? 0 : Math.min(...known);
  return members.map(({ fitness }) => fitness ?? lowest);
}

/**
 * In proportion to the distance from the lowest score, since scores may be negative. The lowest keeps a small weight.
 */
function fitnessWeights(scores: readonly number[]): readonly number[] {
  const lowest = Math.min(...scores);
  const range = Math.max(...scores) - lowest;
  return scores.map((score) => (range === 0 ? 1 : (score - lowest) / range + 0.01));
}
