/** MIPROv2's first round: collects demonstrations and has instructions written. */

import { stableStringify } from "../../util/json.ts";
import { slotsIn } from "../bootstrap/demonstrations.ts";
import { gatherMaterial } from "../bootstrap/material.ts";
import { demonstrationSets } from "../bootstrap/sets.ts";
import type { Candidate, SearchContext } from "../search/search.ts";
import { meanScore } from "../search/standing.ts";
import { instructionsFor } from "./instructions.ts";
import type { MiproSettings } from "./settings.ts";
import { choiceSpace, type MiproState } from "./state.ts";

/** The state with everything to choose from, and the baseline as the first trial. */
export async function prepare(settings: MiproSettings, context: SearchContext): Promise<MiproState> {
  const baseline = context.candidates()[0] as Candidate;
  const sets = await setsFor(settings, context, baseline);
  const [rollouts = []] = await context.run([{ candidate: baseline.id, examples: context.train.slice(0, 1) }]);
  const texts = [...context.parameters].filter(([, { kind }]) => kind === "text").map(([name]) => name);
  const names = settings.instructions ?? texts;
  const others = Object.values(sets).flatMap((own) => own.slice(1));
  const instructions = await instructionsFor({ names, count: settings.candidates, sets: others, rollouts }, context);
  const state: MiproState = { instructions, sets, trials: [], full: [baseline.id], trialCount: 0, hasChoices: true };
  const first = Object.fromEntries((choiceSpace(state)?.names ?? []).map((name) => [name, 0]));
  const score = meanScore(context.knownOutcomes(baseline.id, "validation"));
  return Number.isFinite(score) ? { ...state, trials: [{ values: first, candidate: baseline.id, score }] } : state;
}

/** The sets of demonstrations to choose from, by parameter; the baseline's first. */
async function setsFor(
  { candidates, maxBootstrapped, maxLabeled, threshold }: MiproSettings,
  context: SearchContext,
  baseline: Candidate,
): Promise<MiproState["sets"]> {
  const slots = slotsIn(context.parameters);
  const options = { threshold, maxRounds: 1, count: maxBootstrapped * 4 };
  const material = slots.length === 0 ? new Map() : await gatherMaterial(slots, options, context);
  const sets = slots.map(({ name, max }) => {
    const own = material.get(name) ?? { bootstrapped: [], labeled: [] };
    const [, ...others] = demonstrationSets(own, { maxBootstrapped, maxLabeled, max }, candidates, context.rng);
    return [name, distinct([baseline.values[name], ...others] as MiproState["sets"][string])] as const;
  });
  return Object.fromEntries(sets);
}

/** The sets without those that equal an earlier one. */
function distinct(sets: MiproState["sets"][string]): MiproState["sets"][string] {
  const seen = new Set<string>();
  return sets.filter((set) => {
    const key = stableStringify(set);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
