/** OptoPrime: shows a model the minimal subgraph with the feedback, and asks for new values of the variables. */

import type { LanguageModel } from "../../llm/llm.ts";
import { TracegradError } from "../../util/errors.ts";
import { recordSettings, resolveOptions } from "../../util/options.ts";
import type { Algorithm, Proposal } from "../algorithm.ts";
import { Optimizer } from "../optimizer.ts";
import { requireModel } from "../prompt/ask.ts";
import { checkFocus, focusedProblem } from "../prompt/focus.ts";
import { askForProposal } from "../prompt/proposal.ts";
import { scaleAfter, type TokenScale } from "../prompt/within-tokens.ts";
import { type OptoPrimeRound, roundOf, trimRounds } from "./memory.ts";
import { proposalRequest } from "./request.ts";
import { type OptoPrimeAlgorithmOptions, type OptoPrimeSettings, optoPrimeTable } from "./settings.ts";
import { type RunsSummary, summarizeRuns } from "./summary.ts";

/** Who sums up what does not fit into the prompt of {@link optoPrime}. */
export interface SummaryOptions {
  /**
   * A model that is asked once a step, where the runs do not fit into the prompt, for a summary of them with the
   * objective in mind; it stands beside the statistics. Its calls count like those of `llm`. When it fails, the
   * statistics stand alone, and the proposal has a note. Default: none is asked.
   */
  readonly summaryLlm?: LanguageModel;
}

/** Options of {@link optoPrime}. */
export interface OptoPrimeOptions extends OptoPrimeAlgorithmOptions, SummaryOptions {
  /** The model that proposes. */
  readonly llm: LanguageModel;
}

/** OptoPrime's memory: past steps, in the order in which the prompt shows them. */
export type OptoPrimeState = TokenScale & { readonly rounds: readonly OptoPrimeRound[] };

/**
 * OptoPrime as an algorithm: one prompt per step that shows the whole minimal subgraph, one structured answer, checked
 * strictly. Source: Cheng et al. 2024, "Trace is the Next AutoDiff", section 4.
 * @throws TracegradError `bad-option` for an invalid option; when bound to parameters, `unknown-parameter` when
 * `focus` names none of them.
 */
export function optoPrimeAlgorithm(
  options: OptoPrimeAlgorithmOptions & SummaryOptions = {},
): Algorithm<OptoPrimeState> {
  const { summaryLlm, ...others } = options;
  if (summaryLlm !== undefined && typeof summaryLlm.generate !== "function") {
    throw new TracegradError("bad-option", "`summaryLlm` of OptoPrime must be a language model.");
  }
  return optoPrimeWith(resolveOptions("OptoPrime", others, optoPrimeTable), summaryLlm);
}

/** {@link optoPrimeAlgorithm} by settings that are checked already. */
export function optoPrimeWith(settings: OptoPrimeSettings, summaryLlm?: LanguageModel): Algorithm<OptoPrimeState> {
  const { memorySize, memoryOrder, maxRetries, focus, format } = settings;
  return {
    name: "OptoPrime",
    settings: { ...recordSettings(settings, optoPrimeTable), ...(summaryLlm && { summaryLlm: summaryLlm.name }) },
    ...(summaryLlm && { models: [summaryLlm] }),
    init(parameters) {
      checkFocus(focus, parameters);
      return { rounds: [] };
    },
    async propose(credit, state, { parameters, signal, ...context }) {
      const llm = requireModel(context.llm, "OptoPrime");
      const problem = focusedProblem(credit, parameters, focus);
      const question = { ...context, ...state, problem };
      const first = proposalRequest(question, settings);
      const isSummed = summaryLlm !== undefined && !first.isWhole;
      const summary = isSummed ? await summarizeRuns(question, { llm: summaryLlm, signal, settings }) : undefined;
      const { request, notes } =
        summary?.text === undefined ? first : proposalRequest({ ...question, summary: summary.text }, settings);
      const answer = await askForProposal({ request, problem, llm, signal, format, retries: maxRetries });
      const proposal = withNotes(answer, notes, summary);
      const scale = scaleAfter(state, answer.exchanges[0]);
      if (memorySize === 0) return [proposal, { rounds: [], ...scale }];
      const rounds = [...state.rounds, roundOf({ problem, proposal, format })];
      return [proposal, { rounds: trimRounds(rounds, memorySize, memoryOrder), ...scale }];
    },
  };
}

function withNotes(answer: Proposal, notes: readonly string[], summary: RunsSummary | undefined): Proposal {
  const all = [...notes, ...(summary?.notes ?? [])];
  return {
    ...answer,
    exchanges: [...(summary?.exchanges ?? []), ...answer.exchanges],
    ...(all.length > 0 && { notes: all }),
  };
}

/**
 * An optimizer that runs {@link optoPrimeAlgorithm} on a program's parameters.
 * @param target What holds the parameters: a model, a parameter, a traced function, an array or record of these.
 * @throws TracegradError `bad-option`, `no-parameter`, `unknown-parameter`.
 * @example
 * const optimizer = optoPrime(solver, { llm: anthropic("claude-sonnet-5-5"), memorySize: 5 });
 */
export function optoPrime(target: unknown, { llm, ...options }: OptoPrimeOptions): Optimizer<OptoPrimeState> {
  return new Optimizer(target, optoPrimeAlgorithm(options), llm);
}
