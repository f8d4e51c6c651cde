/** OPRO: shows a model the best solutions so far with their scores, in ascending order, and asks for a better one. */

import type { Credit } from "../../graph/credit.ts";
import type { LanguageModel, ModelRequest } from "../../llm/llm.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { uniqueNames } from "../../util/names.ts";
import { requirePositive } from "../../util/require.ts";
import type { Algorithm, Proposal } from "../algorithm.ts";
import { Optimizer } from "../optimizer.ts";
import { type Problem, problemOf } from "../problem.ts";
import { ask, requireModel } from "../prompt/ask.ts";
import { contentOf, imagesOf } from "../prompt/images.ts";
import { type FormatChoice, replyFormatOf } from "../prompt/reply-format.ts";
import { exemplarsOf } from "./exemplars.ts";
import { type HistoryRules, remembered, type ScoredSolution, solutionOf } from "./history.ts";
import { newSolutions } from "./new-solutions.ts";
import { defaultObjective, systemPrompt } from "./prompt-text.ts";
import { renderPrompt } from "./render.ts";

/** Options of {@link oproAlgorithm}. */
export interface OproAlgorithmOptions {
  /** What to aim at, in words: also the place to say what the task is. Default: a score as high as possible. */
  readonly objective?: string;
  /** How many scored solutions are kept and shown, the best ones. Default: 20, as in the paper. */
  readonly historySize?: number;
  /** Solutions with a lower mean score are not kept. Default: none is dropped for its score. */
  readonly threshold?: number;
  /**
   * Scores are shown as whole numbers from 0 to this when all of them lie from 0 to 1, as the paper's accuracies do; 0
   * shows them as they are. Default: 100.
   */
  readonly buckets?: number;
  /** How many runs of the current batch are shown with input, output and feedback. Default: 3, as in the paper. */
  readonly maxExemplars?: number;
  /**
   * How many samples a step may draw, one after the other: the first that is valid and new is taken, and no more are
   * drawn. Default: 1. The paper draws 8 and scores all of them; here a step proposes one, and a search may take many
   * steps.
   */
  readonly maxSamples?: number;
  /** How often a refused answer of a sample is asked for again, with the reason. Default: 1. */
  readonly maxRetries?: number;
  /** Sampling temperature. Default: 1, as in the paper: it is what makes the samples differ. */
  readonly temperature?: number;
  /** The most tokens of a prompt, estimated at four characters each. Default: 24,000. */
  readonly maxPromptTokens?: number;
  /** The most tokens of a reply. Default: 8,192. */
  readonly maxReplyTokens?: number;
  /** How the answer is asked for and read. Default: `"json"`, by a tool call where the model has tools. */
  readonly format?: FormatChoice;
}

/** Options of {@link OPRO}. */
export interface OproOptions extends OproAlgorithmOptions {
  /** The model that proposes. */
  readonly llm: LanguageModel;
}

/** OPRO's memory: the best solutions so far, the worst of them first. */
export type OproState = { readonly history: readonly ScoredSolution[] };

/**
 * OPRO as an algorithm: no graph is shown, only solutions (the values of all variables) and their scores. It needs a
 * score on the output of each learning graph. Code, texts, numbers and JSON are solutions alike; of images it is told
 * which they are.
 *
 * A solution that ran again gets the mean of its scores. One that was dropped from the history may be proposed again,
 * which gives a good one with bad luck a second chance. Source: Yang et al. 2023, "Large Language Models as
 * Optimizers".
 */
export function oproAlgorithm(settings: OproAlgorithmOptions = {}): Algorithm<OproState> {
  const all = checked(settings);
  const { format, ...told } = all;
  const rules: HistoryRules = { most: all.historySize, threshold: all.threshold ?? -Infinity };
  return {
    name: "OPRO",
    settings: { ...told, format: format.name ?? "custom" },
    init: () => ({ history: [] }),
    async propose(credit, state, { parameters, llm, signal, note, temperature = all.temperature }) {
      const score = scoreOf(credit);
      const model = requireModel(llm, "OPRO");
      const problem = posed(credit, parameters);
      const ran = solutionOf(problem.variables, score);
      const kept = remembered(state.history, ran, rules);
      const history = kept.filter((solution) => isOfSameVariables(solution, ran));
      const current = kept.find(({ key }) => key === ran.key) ?? ran;
      const exemplars = exemplarsOf(credit, problem, parameters, all.maxExemplars);
      const { objective, buckets, maxPromptTokens: maxTokens, maxRetries } = all;
      const shown = { objective, note, variables: problem.variables, history, current, exemplars, buckets, maxTokens };
      const prompt = renderPrompt({ ...shown, instructions: format.instructions(problem) });
      const question = {
        first: requestOf(prompt, problem, { ...all, temperature }),
        problem,
        llm: model,
        signal,
        retries: maxRetries,
      };
      const onlyNew = newSolutions(format, problem, { history, current, buckets });
      const proposal = await firstAccepted(all.maxSamples, () => ask({ ...question, format: onlyNew }));
      return [proposal, { history: kept }];
    },
  };
}

/**
 * An optimizer that runs {@link oproAlgorithm} on a program's parameters.
 * @param target What holds the parameters: a model, a parameter, a traced function, an array or record of these.
 * @example
 * const optimizer = opro(solver, { llm: anthropic("claude-sonnet-5-5"), objective: "An instruction for arithmetic." });
 */
export function opro(target: unknown, { llm, ...options }: OproOptions): Optimizer<OproState> {
  return new Optimizer(target, oproAlgorithm(options), llm);
}

const names: NamesOf<OproAlgorithmOptions> = {
  ...{ objective: true, historySize: true, threshold: true, buckets: true, maxExemplars: true, maxSamples: true },
  ...{ maxRetries: true, temperature: true, maxPromptTokens: true, maxReplyTokens: true, format: true },
};

function checked(settings: OproAlgorithmOptions) {
  requireKnown("OPRO", settings, names);
  const {
    historySize = 20,
    buckets = 100,
    maxExemplars = 3,
    maxSamples = 1,
    maxRetries = 1,
    temperature = 1,
  } = settings;
  const { maxPromptTokens = 24_000, maxReplyTokens = 8_192, threshold = null } = settings;
  for (const [option, value] of Object.entries({ historySize, maxSamples, maxPromptTokens, maxReplyTokens })) {
    requirePositive(option, value);
  }
  for (const [option, value] of Object.entries({ buckets, maxExemplars, maxRetries })) {
    requirePositive(option, value, { zero: true });
  }
  for (const [option, value] of Object.entries({ threshold: threshold ?? 0, temperature })) {
    if (Number.isFinite(value)) continue;
    throw new TracegradError("bad-option", `\`${option}\` is a finite number; got ${String(value)}.`);
  }
  const { objective = defaultObjective } = settings;
  const sizes = { historySize, threshold, buckets, maxExemplars, maxSamples, maxRetries };
  return { objective, ...sizes, temperature, maxPromptTokens, maxReplyTokens, format: replyFormatOf(settings.format) };
}

function scoreOf({ feedback }: Credit): number {
  if (feedback.score !== undefined) return feedback.score;
  throw new TracegradError(
    "no-score",
    "OPRO ranks solutions by their score, but this feedback has none. Give feedback with a score, such as " +
      '`graph.backward({ score: 0.5, text: "…" })`; of a batch, each feedback needs one.',
  );
}

/** The problem, in which a variable has the same name at each step, whatever else its graph holds. */
function posed(credit: Credit, parameters: readonly Parameter[]): Problem {
  const problem = problemOf(credit, parameters);
  const names = uniqueNames(parameters.map((parameter) => parameter.name));
  const nameOf = new Map(parameters.map((parameter, index) => [parameter, names[index] as string]));
  const variables = problem.variables.map((variable) => ({
    ...variable,
    name: nameOf.get(variable.parameter) ?? variable.name,
  }));
  return { ...problem, variables };
}

/** Scores of solutions compare only where they give values for the same variables. */
function isOfSameVariables(one: ScoredSolution, other: ScoredSolution): boolean {
  const names = Object.keys(one.values);
  return names.length === Object.keys(other.values).length && names.every((name) => Object.hasOwn(other.values, name));
}

/** The images of the current values, and as many of the feedback: each costs a model about a thousand tokens. */
const mostImages = 16;

function requestOf(prompt: string, problem: Problem, settings: ReturnType<typeof checked>): ModelRequest {
  const tool = settings.format.tool(problem);
  const told = { images: (problem.feedback.images ?? []).slice(0, mostImages) };
  return {
    system: systemPrompt,
    messages: [{ role: "user", content: contentOf(prompt, imagesOf({ ...problem, shown: [] }, mostImages), told) }],
    maxTokens: settings.maxReplyTokens,
    temperature: settings.temperature,
    ...(tool === undefined ? {} : { tool }),
  };
}

/** The first proposal that was not refused, else the last, with the exchanges of all. */
async function firstAccepted(samples: number, draw: () => Promise<Proposal>): Promise<Proposal> {
  let proposal = await draw();
  for (let drawn = 1; drawn < samples && proposal.refused.length > 0; drawn++) {
    const next = await draw();
    proposal = { ...next, exchanges: [...proposal.exchanges, ...next.exchanges] };
  }
  return proposal;
}
