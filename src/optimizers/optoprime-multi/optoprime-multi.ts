/** OptoPrimeMulti: makes several proposals of OptoPrime for one problem in different ways, and chooses one. */

import type { Credit } from "../../graph/credit.ts";
import type { LanguageModel } from "../../llm/llm.ts";
import { atPath } from "../../util/external-call.ts";
import type { Algorithm, Proposal, ProposeContext } from "../algorithm.ts";
import { Optimizer } from "../optimizer.ts";
import { type OptoPrimeState, optoPrimeWith } from "../optoprime/optoprime.ts";
import { requireModel } from "../prompt/ask.ts";
import { focusedProblem } from "../prompt/focus.ts";
import { isolateFailures, ModelFailure } from "../prompt/model-failure.ts";
import { droppedField } from "../suggestion.ts";
import { isValid, type ProposalAttempt, refusalsOf } from "./candidate.ts";
import { type Experts, nameExperts } from "./experts.ts";
import { makeAttempts, type Variation } from "./generate.ts";
import { choose } from "./select.ts";
import { multiSettings, type OptoPrimeMultiAlgorithmOptions, recordMultiSettings } from "./settings.ts";

/** Options of {@link optoPrimeMulti}. */
export interface OptoPrimeMultiOptions extends OptoPrimeMultiAlgorithmOptions {
  /** The model that names experts, picks and merges; and that proposes, unless `generation` is `models`. */
  readonly llm: LanguageModel;
}

/**
 * OptoPrimeMulti as an algorithm: a step has {@link optoPrimeAlgorithm} make several proposals and takes one. Every
 * proposal is checked before one is chosen, so an invalid one cannot win; `refused` lists the invalid ones, even when
 * the step succeeds. When all fail, nothing changes. Source: the OptoPrimeMulti of OpenTrace (Cheng et al. 2024);
 * mixtures after Wang et al. 2024, "Mixture-of-Agents"; self-refinement after Madaan et al. 2023, "Self-Refine".
 * @throws TracegradError `bad-option`.
 */
export function optoPrimeMultiAlgorithm(options: OptoPrimeMultiAlgorithmOptions = {}): Algorithm<OptoPrimeState> {
  const settings = multiSettings(options);
  const models = settings.models ?? [];
  const single = optoPrimeWith(settings);
  return {
    name: "OptoPrimeMulti",
    settings: recordMultiSettings(settings),
    models,
    init: (parameters) => single.init(parameters),
    async propose(credit, state, context) {
      const llm = isolateFailures(requireModel(context.llm ?? models[0], "OptoPrimeMulti"));
      const { parameters, signal } = context;
      const problem = focusedProblem(credit, parameters, settings.focus);
      const attempt = attemptWith(single, { credit, state, context: { ...context, llm } });
      const step = { settings, problem, attempt };
      const call = (path: string) => ({ llm, signal, settings, path });
      let experts: Experts = { names: settings.experts ?? [], exchanges: [], refused: [] };
      const attempts = await makeAttempts(step, async () => {
        if (settings.experts === null) experts = await nameExperts(problem, settings.candidates, call("experts"));
        return experts.names;
      });
      const choice = await choose(attempts, step, call("select"));
      const proposal: Proposal = {
        updates: choice.chosen?.proposal.updates ?? [],
        reasoning: choice.chosen?.proposal.reasoning ?? "",
        refused: [...experts.refused, ...refusalsOf(attempts), ...choice.refused],
        ...droppedField(choice.chosen?.proposal.dropped),
        exchanges: [...experts.exchanges, ...attempts.flatMap((one) => one.proposal.exchanges), ...choice.exchanges],
        ...notesField(attempts),
      };
      return [proposal, memoryAfter(choice.chosen, attempts, state)];
    },
  };
}

/** What people should know of the attempts, each once, such as that runs did not fit into their prompts. */
function notesField(attempts: readonly ProposalAttempt[]): Pick<Proposal, "notes"> {
  const notes = new Set(attempts.flatMap((one) => one.proposal.notes ?? []));
  return notes.size === 0 ? {} : { notes: [...notes] };
}

/** What every attempt of a step starts from. */
interface AttemptBasis {
  readonly credit: Credit;
  readonly state: OptoPrimeState;
  readonly context: ProposeContext;
}

/** Makes one attempt with `single`. When the model fails, the attempt is invalid. */
function attemptWith(single: Algorithm<OptoPrimeState>, { credit, state, context }: AttemptBasis) {
  return async (number: number, { origin, note, temperature, llm }: Variation): Promise<ProposalAttempt> => {
    const notes = [context.note, note].filter((text) => text !== undefined);
    const varied: ProposeContext = {
      ...context,
      ...(llm === undefined ? {} : { llm: isolateFailures(llm) }),
      ...(notes.length === 0 ? {} : { note: notes.join("\n\n") }),
      ...(temperature === undefined ? {} : { temperature }),
    };
    try {
      const [proposal, next] = await atPath(`proposal ${number}`, () => single.propose(credit, state, varied));
      return { number, origin, proposal, state: next };
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      const refused = [{ name: undefined, reason: error.message }];
      return { number, origin, proposal: { updates: [], reasoning: "", refused, exchanges: [] }, state };
    }
  };
}

/** The memory of the chosen one. When a step chose none, that of the last one that the model answered. */
function memoryAfter(
  chosen: ProposalAttempt | undefined,
  attempts: readonly ProposalAttempt[],
  state: OptoPrimeState,
): OptoPrimeState {
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
