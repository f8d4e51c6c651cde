/** OptoPrimeMulti: several proposals of OptoPrime for one problem, had in different ways, and one of them chosen. */

import type { Credit } from "../../graph/credit.ts";
import type { LanguageModel } from "../../llm/llm.ts";
import { atPath } from "../../util/external-call.ts";
import type { Algorithm, Proposal, ProposeContext } from "../algorithm.ts";
import { Optimizer } from "../optimizer.ts";
import { type OptoPrimeState, optoPrimeAlgorithm } from "../optoprime/optoprime.ts";
import { requireModel } from "../prompt/ask.ts";
import { focusedProblem } from "../prompt/focus.ts";
import { type Attempt, droppedOf, isValid } from "./candidate.ts";
import { type Experts, namedExperts } from "./experts.ts";
import { failingAlone, ModelFailure } from "./failure.ts";
import { generated, type Variation } from "./generate.ts";
import { selected } from "./select.ts";
import {
  checkMultiSettings,
  countOf,
  type OptoPrimeMultiAlgorithmOptions,
  singleSettings,
  toldMultiSettings,
} from "./settings.ts";

/** Options of {@link OptoPrimeMulti}. */
export interface OptoPrimeMultiOptions extends OptoPrimeMultiAlgorithmOptions {
  /** The model that proposes, unless `generation` is `models`; and that names experts, picks and merges. */
  readonly llm: LanguageModel;
}

/**
 * OptoPrimeMulti as an algorithm: a step has {@link optoPrimeAlgorithm} make several proposals and takes one. Every
 * proposal is checked before one is chosen, so that no invalid one can win; those that were dropped are told in
 * `refused`, also of a step that succeeds. When all fail, nothing changes. Source: the OptoPrimeMulti of OpenTrace
 * (Cheng et al. 2024); mixtures after Wang et al. 2024, "Mixture-of-Agents"; self-refinement after Madaan et al. 2023,
 * "Self-Refine".
 * @throws TracegradError `bad-option` for options that cannot be.
 */
export function optoPrimeMultiAlgorithm(settings: OptoPrimeMultiAlgorithmOptions = {}): Algorithm<OptoPrimeState> {
  checkMultiSettings(settings);
  const single = optoPrimeAlgorithm(singleSettings(settings));
  return {
    name: "OptoPrimeMulti",
    settings: toldMultiSettings(settings),
    models: settings.models ?? [],
    init: (parameters) => single.init(parameters),
    async propose(credit, state, context) {
      const llm = failingAlone(requireModel(context.llm ?? settings.models?.[0], "OptoPrimeMulti"));
      const { parameters, signal } = context;
      const problem = focusedProblem(credit, parameters, settings.focus);
      const attempt = attemptWith(single, { credit, state, context: { ...context, llm } });
      const step = { settings, problem, attempt };
      const asking = (path: string) => ({ llm, signal, settings, path });
      let named: Experts = { names: settings.experts ?? [], exchanges: [], refused: [] };
      const attempts = await generated(step, async () => {
        if (settings.experts === undefined) named = await namedExperts(problem, countOf(settings), asking("experts"));
        return named.names;
      });
      const choice = await selected(attempts, step, asking("select"));
      const proposal: Proposal = {
        updates: choice.chosen?.proposal.updates ?? [],
        reasoning: choice.chosen?.proposal.reasoning ?? "",
        refused: [...named.refused, ...droppedOf(attempts), ...choice.refused],
        exchanges: [...named.exchanges, ...attempts.flatMap((one) => one.proposal.exchanges), ...choice.exchanges],
      };
      return [proposal, memoryAfter(choice.chosen, attempts, state)];
    },
  };
}

/** What one attempt of a step is made with. */
interface Given {
  readonly credit: Credit;
  readonly state: OptoPrimeState;
  readonly context: ProposeContext;
}

/** Makes one attempt with `single`. A model that gives no answer makes it an invalid one. */
function attemptWith(single: Algorithm<OptoPrimeState>, { credit, state, context }: Given) {
  return async (number: number, { made, note, temperature, llm }: Variation): Promise<Attempt> => {
    const notes = [context.note, note].filter((text) => text !== undefined);
    const varied: ProposeContext = {
      ...context,
      ...(llm === undefined ? {} : { llm: failingAlone(llm) }),
      ...(notes.length === 0 ? {} : { note: notes.join("\n\n") }),
      ...(temperature === undefined ? {} : { temperature }),
    };
    try {
      const proposed = await atPath(`proposal ${number}`, () => single.propose(credit, state, varied));
      const [proposal, next] = proposed;
      return { number, made, proposal, state: next };
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      const refused = [{ name: undefined, reason: error.message }];
      return { number, made, proposal: { updates: [], reasoning: "", refused, exchanges: [] }, state };
    }
  };
}

/** The memory of the one that was chosen. Of a step that chose none, that of the last one that was answered. */
function memoryAfter(chosen: Attempt | undefined, attempts: readonly Attempt[], state: OptoPrimeState): OptoPrimeState {
  if (chosen !== undefined) return chosen.state;
  const answered = attempts.filter((one) => isValid(one) || one.proposal.exchanges.length > 0);
  return answered.at(-1)?.state ?? state;
}

/**
 * An optimizer that runs {@link optoPrimeMultiAlgorithm} on a program's parameters.
 * @param target What holds the parameters: a model, a parameter, a traced function, an array or record of these.
 * @throws TracegradError `bad-option`, `no-parameter`, `unknown-parameter`.
 * @example
 * const optimizer = optoPrimeMulti(solver, { llm, candidates: 4, generation: "alternatives", select: "bestOf" });
 */
export function optoPrimeMulti(target: unknown, { llm, ...options }: OptoPrimeMultiOptions): Optimizer<OptoPrimeState> {
  return new Optimizer(target, optoPrimeMultiAlgorithm(options), llm);
}
