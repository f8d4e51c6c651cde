/** MIPROv2's second stage: choices are tried on minibatches, and the most promising ones on all validation examples. */

import { mean } from "../../math/statistics.ts";
import { shuffled } from "../../util/rng.ts";
import type { SearchContext } from "../search/search.ts";
import { meanScore } from "../search/standing.ts";
import type { MiproSettings } from "./settings.ts";
import type { Assignment } from "./space.ts";
import { type MiproState, spaceOf, valuesAt } from "./state.ts";
import { suggestByTpe } from "./tpe.ts";

/** The state after one round of trials. */
export async function tried(settings: MiproSettings, state: MiproState, context: SearchContext): Promise<MiproState> {
  const { minibatchSize, parallel, fullEvery } = settings;
  const space = spaceOf(state);
  if (space.length === 0) return { ...state, tried: Number.MAX_SAFE_INTEGER };
  const points: Assignment[] = [];
  for (let at = 0; at < parallel; at++)
    points.push(suggestByTpe(space, state.trials, context.rng, { pending: points }));
  const parents = [context.candidates()[0]?.id as string];
  const added = await context.add(
    points.map((point) => ({ values: valuesAt(state, point), parents, origin: "choice", reasoning: told(point) })),
  );
  const chosen = added.flatMap(({ candidate }, at) =>
    candidate === undefined ? [] : [{ candidate: candidate.id, values: points[at] as Assignment }],
  );
  const isWhole = context.validation.length <= minibatchSize;
  const examples = isWhole ? context.validation : shuffled(context.validation, context.rng).slice(0, minibatchSize);
  const outcomes = await context.evaluate(chosen.map(({ candidate }) => ({ candidate, examples })));
  const trials = chosen.flatMap((choice, at) => {
    const score = meanScore(outcomes[at] ?? []);
    return Number.isFinite(score) ? [{ ...choice, score }] : [];
  });
  const count = state.tried + parallel;
  const full = isWhole ? [...new Set([...state.full, ...chosen.map(({ candidate }) => candidate)])] : state.full;
  const next = { ...state, trials: [...state.trials, ...trials], full, tried: count };
  const isDue = Math.floor(count / fullEvery) > Math.floor(state.tried / fullEvery);
  return isDue && !isWhole ? finished(next, context) : next;
}

/** Judges the choice with the best mean of its minibatches that was not judged on all validation examples yet. */
export async function finished(state: MiproState, context: SearchContext): Promise<MiproState> {
  const scores = new Map<string, { readonly values: Assignment; readonly scores: number[] }>();
  for (const { candidate, values, score } of state.trials) {
    if (state.full.includes(candidate)) continue;
    const known = scores.get(candidate) ?? { values, scores: [] };
    known.scores.push(score);
    scores.set(candidate, known);
  }
  const means = [...scores].map(([candidate, { values, scores: all }]) => ({
    candidate,
    values,
    mean: mean(all),
  }));
  const [best] = means.sort((a, b) => b.mean - a.mean);
  if (best === undefined) return state;
  const [outcomes = []] = await context.evaluate([{ candidate: best.candidate }]);
  const score = meanScore(outcomes);
  const { candidate, values } = best;
  const trials = Number.isFinite(score) ? [...state.trials, { candidate, values, score }] : state.trials;
  return { ...state, trials, full: [...state.full, candidate] };
}

function told(point: Assignment): string {
  return Object.entries(point)
    .map(([name, index]) => `${name}: choice ${index}`)
    .join(", ");
}
