/** OptoPrime: shows a model the minimal subgraph with the feedback, and asks for new values of the variables. */

import type { LanguageModel } from "../../llm/llm.ts";
import type { Algorithm } from "../algorithm.ts";
import { ask, requireModel } from "../ask.ts";
import { Optimizer } from "../optimizer.ts";
import { replyFormatOf } from "../reply-choice.ts";
import { checkFocus, focusedProblem } from "./focus.ts";
import { type OptoPrimeRound, remembered, roundOf } from "./memory.ts";
import { proposalRequest } from "./request.ts";
import { checkSettings, type OptoPrimeSettings, toldSettings } from "./settings.ts";

/** Options of {@link OptoPrime}. */
export interface OptoPrimeOptions extends OptoPrimeSettings {
  /** The model that proposes. */
  readonly llm: LanguageModel;
}

/** OptoPrime's memory: past steps, in the order in which the prompt shows them. */
export type OptoPrimeState = {
  readonly rounds: readonly OptoPrimeRound[];
};

/**
 * OptoPrime as an algorithm: one prompt per step that shows the whole minimal subgraph, one structured answer, checked
 * strictly. Source: Cheng et al. 2024, "Trace is the Next AutoDiff", section 4.
 * @throws TracegradError `bad-option` for options that cannot be; when bound to parameters, `unknown-parameter` when `focus`
 * names none of them.
 */
export function optoPrime(settings: OptoPrimeSettings = {}): Algorithm<OptoPrimeState> {
  checkSettings(settings);
  const { memory = 0, memoryOrder = "recent", retries = 1, focus } = settings;
  const format = replyFormatOf(settings.format);
  return {
    name: "OptoPrime",
    settings: toldSettings(settings),
    init(parameters) {
      checkFocus(focus, parameters);
      return { rounds: [] };
    },
    async propose(credit, state, { parameters, signal, ...context }) {
      const llm = requireModel(context.llm, "OptoPrime");
      const problem = focusedProblem(credit, parameters, focus);
      const first = proposalRequest({ ...context, problem, rounds: state.rounds }, format, settings);
      const proposal = await ask({ first, problem, llm, signal, format, retries });
      if (memory === 0) return [proposal, { rounds: [] }];
      const rounds = [...state.rounds, roundOf({ problem, proposal, format })];
      return [proposal, { rounds: remembered(rounds, memory, memoryOrder) }];
    },
  };
}

/** {@link optoPrime} bound to a program's parameters. */
export class OptoPrime extends Optimizer<OptoPrimeState> {
  /**
   * @param target What holds the parameters: a model, a parameter, a traced function, an array or record of these.
   * @throws TracegradError `bad-option`, `no-parameter`, `unknown-parameter`.
   * @example
   * const optimizer = new OptoPrime(solver, { llm: anthropic("claude-sonnet-5-5"), memory: 5 });
   */
  constructor(target: unknown, { llm, ...settings }: OptoPrimeOptions) {
    super(target, optoPrime(settings), llm);
  }
}
