/** MIPROv2's second stage: choices are tried on minibatches, the most promising ones on all validation examples. */

import { mean } from "../../math/statistics.ts";
import { shuffled } from "../../util/rng.ts";
import type { SearchContext } from "../search/search.ts";
import { meanScore } from "../search/standing.ts";
import type { NumericPoint } from "./dimensions.ts";
import type { MiproSettings } from "./settings.ts";
import { choiceSpace, type MiproState } from "./state.ts";
import { suggestByTpe } from "./tpe.ts";

/** Tries the next choices; the state afterwards. */
export async function tryChoices(
  settings: MiproSettings,
  state: MiproState,
  context: SearchContext,
): Promise<MiproState> {
  const { minibatchSize, parallel, fullEvery } = settings;
  const space = choiceSpace(state);
  if (space === undefined) return { ...state, trialCount: Number.MAX_SAFE_INTEGER };
  const points: NumericPoint[] = [];
  for (let at = 0; at < parallel; at++) {
    points.push(suggestByTpe(space, state.trials, context.rng, { pending: points }));
  }
  const parents = [context.candidates()[0]?.id as string];
  const added = await context.add(
    points.map((point) => ({
      values: space.valuesOf(point),
      parents,
      origin: "choice",
      reasoning: describePoint(point),
    })),
  );
  const choices = added.flatMap(({ candidate }, at) =>
    candidate === undefined ? [] : [{ candidate: candidate.id, values: points[at] as NumericPoint }],
  );
  const isWhole = context.validation.length <= minibatchSize;
  const examples = isWhole ? context.validation : shuffled(context.validation, context.rng).slice(0, minibatchSize);
  const outcomes = await context.evaluate(choices.map(({ candidate }) => ({ candidate, examples })));
  const trials = choices.flatMap((choice, at) => {
    const score = meanScore(outcomes[at] ?? []);
    return Number.isFinite(score) ? [{ ...choice, score }] : [];
  });
  const trialCount = state.trialCount + parallel;
  const full = isWhole ? [...new Set([...state.full, ...choices.map(({ candidate }) => candidate)])] : state.full;
  const next = { ...state, trials: [...state.trials, ...trials], full, trialCount };
  const isDue = Math.floor(trialCount / fullEvery) > Math.floor(state.trialCount / fullEvery);
  return isDue && !isWhole ? evaluateBestChoice(next, context) : next;
}

/** Evaluates the choice with the best mean on minibatches in full, among those that have not been yet. */
export async function evaluateBestChoice(state: MiproState, context: SearchContext): Promise<MiproState> {
  const scores = new Map<string, { readonly values: NumericPoint; readonly scores: number[] }>();
  for (const { candidate, values, score } of state.trials) {
    if (state.full.includes(candidate)) continue;
    const known = scores.get(candidate) ?? { values, scores: [] };
    known.scores.push(score);
    scores.set(candidate, known);
  }
  const means = [...scores].map(([candidate, { values, scores: all }]) => ({ candidate, values, mean: mean(all) }));
  const [best] = means.sort((a, b) => b.mean - a.mean);
  if (best === undefined) return state;
  const [outcomes = []] = await context.evaluate([{ candidate: best.candidate }]);
  const score = meanScore(outcomes);
  const { candidate, values } = best;
  const trials = Number.isFinite(score) ? [...state.trials, { candidate, values, score }] : state.trials;
  return { ...state, trials, full: [...state.full, candidate] };
}

function describePoint(point: NumericPoint): string {
  return Object.entries(point)
    .map(([name, index]) => `${name}: choice ${index}`)
    .join(", ");
}
