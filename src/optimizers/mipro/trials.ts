/** MIPROv2's second stage: choices are tried on minibatches, and the most promising ones on all validation examples. */

import { shuffled } from "../../util/rng.ts";
import { mean } from "../../util/statistics.ts";
import type { Assignment } from "../pure/space.ts";
import { suggest } from "../pure/tpe.ts";
import type { SearchWorld } from "../search/search.ts";
import { meanScore } from "../search/standing.ts";
import type { MiproSettings } from "./settings.ts";
import { type MiproState, spaceOf, valuesAt } from "./state.ts";

/** The state after one round of trials. */
export async function tried(settings: MiproSettings, state: MiproState, world: SearchWorld): Promise<MiproState> {
  const { minibatch, parallel, fullEvery } = settings;
  const space = spaceOf(state);
  if (space.length === 0) return { ...state, tried: Number.MAX_SAFE_INTEGER };
  const points: Assignment[] = [];
  for (let at = 0; at < parallel; at++) points.push(suggest(space, state.trials, world.rng, { pending: points }));
  const parents = [world.programs()[0]?.id as string];
  const added = await world.add(
    points.map((point) => ({ values: valuesAt(state, point), parents, origin: "choice", reasoning: told(point) })),
  );
  const chosen = added.flatMap(({ program }, at) =>
    program === undefined ? [] : [{ program: program.id, values: points[at] as Assignment }],
  );
  const isWhole = world.validation.length <= minibatch;
  const examples = isWhole ? world.validation : shuffled(world.validation, world.rng).slice(0, minibatch);
  const outcomes = await world.evaluate(chosen.map(({ program }) => ({ program, examples })));
  const trials = chosen.flatMap((choice, at) => {
    const score = meanScore(outcomes[at] ?? []);
    return Number.isFinite(score) ? [{ ...choice, score }] : [];
  });
  const count = state.tried + parallel;
  const full = isWhole ? [...new Set([...state.full, ...chosen.map(({ program }) => program)])] : state.full;
  const next = { ...state, trials: [...state.trials, ...trials], full, tried: count };
  const isDue = Math.floor(count / fullEvery) > Math.floor(state.tried / fullEvery);
  return isDue && !isWhole ? finished(next, world) : next;
}

/** Judges the choice with the best mean of its minibatches that was not judged on all validation examples yet. */
export async function finished(state: MiproState, world: SearchWorld): Promise<MiproState> {
  const scores = new Map<string, { readonly values: Assignment; readonly scores: number[] }>();
  for (const { program, values, score } of state.trials) {
    if (state.full.includes(program)) continue;
    const known = scores.get(program) ?? { values, scores: [] };
    known.scores.push(score);
    scores.set(program, known);
  }
  const means = [...scores].map(([program, { values, scores: all }]) => ({
    program,
    values,
    mean: mean(all),
  }));
  const [best] = means.sort((a, b) => b.mean - a.mean);
  if (best === undefined) return state;
  const [outcomes = []] = await world.evaluate([{ program: best.program }]);
  const score = meanScore(outcomes);
  const { program, values } = best;
  const trials = Number.isFinite(score) ? [...state.trials, { program, values, score }] : state.trials;
  return { ...state, trials, full: [...state.full, program] };
}

function told(point: Assignment): string {
  return Object.entries(point)
    .map(([name, index]) => `${name}: choice ${index}`)
    .join(", ");
}
