/**
 * MIPROv2: instructions and demonstrations are written first, then chosen together by a Parzen estimator. Most choices
 * are evaluated on a minibatch only. (Opsahl-Ong et al. 2024, arXiv 2406.11695; DSPy's MIPROv2.)
 */

import { TracegradError } from "../../util/errors.ts";
import { slotsIn } from "../bootstrap/demonstrations.ts";
import type { Search, SearchSetup } from "../search/search.ts";
import { prepare } from "./prepare.ts";
import { type MiproOptions, type MiproSettings, miproSettings, recordedMipro } from "./settings.ts";
import { choiceSpace, type MiproState } from "./state.ts";
import { evaluateBestChoice, tryChoices } from "./trials.ts";

/**
 * MIPROv2 as a search. Its first round runs the baseline on training examples for demonstrations and asks the model for
 * instructions. Each further round tries choices of both, by a multivariate tree-structured Parzen estimator. It is
 * done after its trials. Demonstrations go into `demonstrations()` parameters; without any, or without a model, it
 * searches what there is.
 *
 * Differences from DSPy's: demonstrations of all sets come from one pass over the training data; an example that was
 * evaluated before is not evaluated again.
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent: qa.answer, optimizer: optoPrime(qa, { llm }), search: mipro({ candidates: 8 }), data, guide })
 */
export function mipro(options: MiproOptions = {}): Search<MiproState> {
  const settings = miproSettings(options);
  return {
    name: "MIPROv2",
    settings: recordedMipro(settings),
    ends: true,
    check: (setup) => check(settings, setup),
    init: () => ({ instructions: {}, sets: {}, trials: [], full: [], trialCount: 0, hasChoices: false }),
    async round(state, context) {
      if (!state.hasChoices) return { state: await prepare(settings, context) };
      const next = await tryChoices(settings, state, context);
      const done =
        next.trialCount >=
        (settings.trials ?? defaultTrials(settings.candidates, choiceSpace(next)?.names.length ?? 0));
      return done ? { state: await evaluateBestChoice(next, context), done } : { state: next };
    },
  };
}

/** DSPy's number of trials. */
function defaultTrials(candidates: number, dimensions: number): number {
  return Math.ceil(Math.max(2 * dimensions * Math.log2(candidates), 1.5 * candidates));
}

function check({ instructions, candidates }: MiproSettings, { parameters, llm, names }: SearchSetup): void {
  const unknown = instructions?.find((name) => parameters.get(name)?.kind !== "text");
  if (unknown !== undefined) {
    throw new TracegradError(
      "bad-option",
      `\`instructions\` of mipro names "${unknown}", which is not a text parameter. ` +
        `The parameters are: ${names.join(", ")}.`,
    );
  }
  const canWrite = llm !== undefined && [...parameters.values()].some(({ kind }) => kind === "text");
  if (candidates > 1 && (canWrite || slotsIn(parameters).length > 0)) return;
  throw new TracegradError(
    "bad-option",
    "MIPROv2 has nothing to choose from: it needs more than one candidate, and a text parameter with a model, " +
      "or demonstrations().",
  );
}
