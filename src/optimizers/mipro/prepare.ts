/** MIPROv2's first round: gathers demonstrations and has instructions written. */

import { type Demonstration, slotsIn } from "../bootstrap/demonstrations.ts";
import { gathered } from "../bootstrap/material.ts";
import { demonstrationSets } from "../bootstrap/sets.ts";
import type { SearchWorld } from "../search/search.ts";
import { meanScore } from "../search/standing.ts";
import { instructionsFor } from "./instructions.ts";
import type { MiproSettings } from "./settings.ts";
import { type MiproState, spaceOf } from "./state.ts";

/** The state with everything to choose among, and the starting artifact as the first trial. */
export async function prepared(settings: MiproSettings, world: SearchWorld): Promise<MiproState> {
  const { candidates, bootstrapped, labeled, threshold } = settings;
  const start = world.programs()[0] as { readonly id: string; readonly values: Readonly<Record<string, unknown>> };
  const slots = slotsIn(world.parameters);
  const gathering = { threshold, rounds: 1, wanted: bootstrapped * 4 };
  const material = slots.length === 0 ? new Map() : await gathered(slots, gathering, world);
  const sets = slots.map(({ name, most }) => {
    const own = material.get(name) ?? { bootstrapped: [], labeled: [] };
    const [, ...made] = demonstrationSets(own, { bootstrapped, labeled, most }, candidates, world.rng);
    const first = start.values[name] as readonly Demonstration[];
    return [name, distinct([first, ...made])] as const;
  });
  const [rollouts = []] = await world.run([{ program: start.id, examples: world.train.slice(0, 1) }]);
  const texts = [...world.parameters].filter(([, { kind }]) => kind === "text").map(([name]) => name);
  const ground = {
    names: settings.instructions ?? texts,
    count: candidates,
    sets: sets.flatMap(([, made]) => made.slice(1)),
    rollouts,
  };
  const instructions = await instructionsFor(ground, world);
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
  const score = meanScore(world.known(start.id, "validation"));
  return { ...filled, trials: Number.isFinite(score) ? [{ values: first, program: start.id, score }] : [] };
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
