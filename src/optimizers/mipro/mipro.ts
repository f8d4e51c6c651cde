/**
 * MIPROv2: instructions and demonstrations are written first, then chosen together by a Parzen estimator that judges
 * most choices on a minibatch only. (Opsahl-Ong et al. 2024, arXiv 2406.11695; DSPy's MIPROv2.)
 */

import { TracegradError } from "../../util/errors.ts";
import { slotsIn } from "../bootstrap/demonstrations.ts";
import type { Search, SearchSetup } from "../search/search.ts";
import { prepared } from "./prepare.ts";
import { type MiproOptions, type MiproSettings, miproSettings } from "./settings.ts";
import { type MiproState, spaceOf } from "./state.ts";
import { finished, tried } from "./trials.ts";

/**
 * MIPROv2 as a search. Its first round runs the starting artifact on training examples for demonstrations and asks the
 * model for instructions; each further round tries choices of both, by a multivariate tree-structured Parzen estimator;
 * it is done after its trials. Demonstrations go into `demonstrations()` parameters; without any, or without a model,
 * it searches the rest.
 *
 * Differences to DSPy's: demonstrations of all sets come from one pass over the training data; scores on examples that
 * were judged before are not bought again.
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent: qa.answer, optimizer: optoPrime(qa, { llm }), search: mipro({ candidates: 8 }), data, guide })
 */
export function mipro(options: MiproOptions = {}): Search<MiproState> {
  const settings = miproSettings(options);
  return {
    name: "MIPROv2",
    settings,
    ends: true,
    check: (setup) => check(settings, setup),
    init: () => ({ instructions: {}, sets: {}, trials: [], full: [], tried: 0, isPrepared: false }),
    async round(state, context) {
      if (!state.isPrepared) return { state: await prepared(settings, context) };
      const next = await tried(settings, state, context);
      const done = next.tried >= (settings.trials ?? usualTrials(settings.candidates, spaceOf(next).length));
      return done ? { state: await finished(next, context), done } : { state: next };
    },
  };
}

/** DSPy's number of trials. */
function usualTrials(candidates: number, dimensions: number): number {
  return Math.ceil(Math.max(2 * dimensions * Math.log2(candidates), 1.5 * candidates));
}

function check({ instructions, candidates }: MiproSettings, { parameters, llm, names }: SearchSetup): void {
  const unknown = instructions?.find((name) => parameters.get(name)?.kind !== "text");
  if (unknown !== undefined) {
    throw new TracegradError(
      "bad-option",
      `MIPROv2 was told to write "${unknown}", which is no text parameter. The parameters are: ${names.join(", ")}.`,
    );
  }
  const canWrite = llm !== undefined && [...parameters.values()].some(({ kind }) => kind === "text");
  if (candidates > 1 && (canWrite || slotsIn(parameters).length > 0)) return;
  throw new TracegradError(
    "bad-option",
    "MIPROv2 has nothing to choose: it needs more than one candidate, and a text parameter with a model, or demonstrations().",
  );
}
