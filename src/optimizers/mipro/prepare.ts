/** MIPROv2's first round: gathers demonstrations and has instructions written. */

import { type Demonstration, slotsIn } from "../bootstrap/demonstrations.ts";
import { gathered } from "../bootstrap/material.ts";
import { demonstrationSets } from "../bootstrap/sets.ts";
import type { SearchContext } from "../search/search.ts";
import { meanScore } from "../search/standing.ts";
import { instructionsFor } from "./instructions.ts";
import type { MiproSettings } from "./settings.ts";
import { type MiproState, spaceOf } from "./state.ts";

/** The state with everything to choose among, and the starting artifact as the first trial. */
export async function prepared(settings: MiproSettings, context: SearchContext): Promise<MiproState> {
  const { candidates, maxBootstrapped, maxLabeled, threshold } = settings;
  const start = context.candidates()[0] as { readonly id: string; readonly values: Readonly<Record<string, unknown>> };
  const slots = slotsIn(context.parameters);
  const gathering = { threshold, maxRounds: 1, wanted: maxBootstrapped * 4 };
  const material = slots.length === 0 ? new Map() : await gathered(slots, gathering, context);
  const sets = slots.map(({ name, max }) => {
    const own = material.get(name) ?? { bootstrapped: [], labeled: [] };
    const [, ...made] = demonstrationSets(own, { maxBootstrapped, maxLabeled, max }, candidates, context.rng);
    const first = start.values[name] as readonly Demonstration[];
    return [name, distinct([first, ...made])] as const;
  });
  const [rollouts = []] = await context.run([{ candidate: start.id, examples: context.train.slice(0, 1) }]);
  const texts = [...context.parameters].filter(([, { kind }]) => kind === "text").map(([name]) => name);
  const ground = {
    names: settings.instructions ?? texts,
    count: candidates,
    sets: sets.flatMap(([, made]) => made.slice(1)),
    rollouts,
  };
  const instructions = await instructionsFor(ground, context);
  const state = {
    instructions,
    sets: Object.fromEntries(sets),
    trials: [],
    full: [start.id],
    tried: 0,
    isPrepared: true,
  };
  const filled = state as unknown as MiproState;
  const first = Object.fromEntries(spaceOf(filled).map(({ name }) => [name, 0]));
  const score = meanScore(context.knownOutcomes(start.id, "validation"));
  return { ...filled, trials: Number.isFinite(score) ? [{ values: first, candidate: start.id, score }] : [] };
}

function distinct<T>(items: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = JSON.stringify(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
