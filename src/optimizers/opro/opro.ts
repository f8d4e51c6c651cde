/** OPRO: shows a model the best solutions so far with their scores, in ascending order, and asks for a better one. */

import type { Credit } from "../../graph/credit.ts";
import type { LanguageModel, ModelRequest } from "../../llm/llm.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { TracegradError } from "../../util/errors.ts";
import { uniqueNames } from "../../util/names.ts";
import {
  count,
  number,
  type OptionTable,
  optional,
  recordSettings,
  resolveOptions,
  type SettingsOf,
  text,
} from "../../util/options.ts";
import type { Algorithm, Proposal, ProposeContext } from "../algorithm.ts";
import { Optimizer } from "../optimizer.ts";
import { type Problem, problemOf } from "../problem.ts";
import { requireModel } from "../prompt/ask.ts";
import { contentOf, firstImages, imagesAmong, maxImages } from "../prompt/images.ts";
import { askForProposal } from "../prompt/proposal.ts";
import { type FormatChoice, formatName, replyFormat } from "../prompt/reply-format.ts";
import { scaleAfter, scaledCounter, type TokenScale, writeWithin } from "../prompt/within-tokens.ts";
import type { Suggestion } from "../suggestion.ts";
import { exemplarsOf } from "./exemplars.ts";
import { addSolution, type HistoryRules, meanOf, type ScoredSolution, scaleOf, solutionOf } from "./history.ts";
import { refuseRepeat } from "./new-solutions.ts";
import { systemPrompt } from "./prompt-text.ts";
import { renderPrompt } from "./render.ts";

/** Options of {@link oproAlgorithm}. */
export interface OproAlgorithmOptions {
  /** What to aim at, in words: also the place to say what the task is. Default: nothing more than a high score. */
  readonly objective?: string;
  /** How many scored solutions are remembered and shown, the best ones. Default: 20, as in the paper. */
  readonly historySize?: number;
  /** Solutions with a lower mean score are dropped. Default: none is dropped for its score. */
  readonly threshold?: number;
  /**
   * Scores are shown as whole numbers from 0 to this when all of them lie from 0 to 1, as the paper's accuracies do; 0
   * shows them as they are. Default: 100.
   */
  readonly buckets?: number;
  /** How many runs of the current batch are shown with input, output and feedback. Default: 3, as in the paper. */
  readonly maxExemplars?: number;
  /**
   * The most samples of a step, one after the other: the first that is valid and new is taken, and sampling stops.
   * Default: 1. The paper takes 8 and scores all of them; here a step proposes one, and a search may take many steps.
   */
  readonly maxSamples?: number;
  /** How often a refused answer of a sample is asked for again, with the reason. Default: 1. */
  readonly maxRetries?: number;
  /** Sampling temperature. Default: 1, as in the paper: it is what makes the samples differ. */
  readonly temperature?: number;
  /**
   * The most tokens of the message with the solutions, estimated at first and then by what the provider counted.
   * Default: 24,000.
   */
  readonly maxPromptTokens?: number;
  /** The most tokens of a reply. Default: 8,192. */
  readonly maxReplyTokens?: number;
  /** How the answer is asked for and read. Default: `"json"`, by a tool call where the model has tools. */
  readonly format?: FormatChoice;
}

/** Options of {@link opro}. */
export interface OproOptions extends OproAlgorithmOptions {
  /** The model that proposes. */
  readonly llm: LanguageModel;
}

/** OPRO's memory: the best solutions so far, the worst of them first. */
export type OproState = TokenScale & { readonly history: readonly ScoredSolution[] };

/**
 * OPRO as an algorithm: it shows no graph, only solutions (the values of all variables) and their scores. The output of
 * each learning graph needs a score. Code, texts, numbers and JSON are all solutions; an image is shown by its type and
 * hash.
 *
 * A solution that runs again gets the mean of its scores. One that was dropped from the history may be proposed again,
 * which gives a good one with bad luck a second chance. Source: Yang et al. 2023, "Large Language Models as
 * Optimizers".
 * @throws TracegradError `bad-option`.
 */
export function oproAlgorithm(options: OproAlgorithmOptions = {}): Algorithm<OproState> {
  const settings = resolveOptions("OPRO", options, table);
  return {
    name: "OPRO",
    settings: recordSettings(settings, table),
    init: () => ({ history: [] }),
    propose: (credit, state, context) => propose(settings, { credit, state, context }),
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

const table = {
  objective: ["", text],
  historySize: [20, count()],
  threshold: [null, optional(number())],
  buckets: [100, count(0)],
  maxExemplars: [3, count(0)],
  maxSamples: [1, count()],
  maxRetries: [1, count(0)],
  temperature: [1, number(0)],
  maxPromptTokens: [24_000, count()],
  maxReplyTokens: [8_192, count()],
  format: ["json", replyFormat, formatName],
} satisfies OptionTable<OproAlgorithmOptions>;

type OproSettings = SettingsOf<typeof table>;

interface OproStep {
  readonly credit: Credit;
  readonly state: OproState;
  readonly context: ProposeContext;
}

async function propose(
  settings: OproSettings,
  { credit, state, context }: OproStep,
): Promise<readonly [Proposal, OproState]> {
  const { format, buckets, maxExemplars, maxRetries: retries, maxPromptTokens } = settings;
  const { parameters, signal, note, temperature = settings.temperature } = context;
  const score = scoreOf(credit);
  const llm = requireModel(context.llm, "OPRO");
  const problem = problemWithStableNames(credit, parameters);
  const latest = solutionOf(problem.variables, score);
  const rules: HistoryRules = { size: settings.historySize, threshold: settings.threshold ?? -Infinity };
  const all = addSolution(state.history, latest, rules);
  const history = all.filter((solution) => isOfSameVariables(solution, latest));
  const current = all.find(({ key }) => key === latest.key) ?? latest;
  const exemplars = exemplarsOf(credit, problem, parameters, maxExemplars);
  const { objective } = settings;
  const scores = [...[...history, current].map(meanOf), ...exemplars.items.flatMap((item) => item.score ?? [])];
  const scale = scaleOf(scores, buckets);
  const rendering = { objective, note, variables: problem.variables, history, current, exemplars, scale };
  const instructions = format.instructions(problem);
  const limit = { maxTokens: maxPromptTokens, count: scaledCounter(state) };
  const { text: prompt } = writeWithin(limit, (maxCharacters) =>
    renderPrompt({ ...rendering, instructions, maxCharacters }),
  );
  const request = requestOf(prompt, problem, { ...settings, temperature });
  const check = (suggestion: Suggestion) => refuseRepeat(suggestion, problem, { history, current, scale });
  const question = { request, problem, llm, signal, retries, format, check };
  const proposal = await firstAccepted(settings.maxSamples, () => askForProposal(question));
  return [proposal, { history: all, ...scaleAfter(state, proposal.exchanges[0]) }];
}

function scoreOf({ feedback }: Credit): number {
  if (feedback.score !== undefined) return feedback.score;
  throw new TracegradError(
    "no-score",
    "OPRO ranks solutions by their score, but this feedback has none. Give feedback with a score, such as " +
      '`graph.backward({ score: 0.5, text: "…" })`; of a batch, each feedback needs one.',
  );
}

/** The problem, with names of variables that stay the same at each step, whatever else the graph holds. */
function problemWithStableNames(credit: Credit, parameters: readonly Parameter[]): Problem {
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

function requestOf(prompt: string, problem: Problem, settings: OproSettings): ModelRequest {
  const tool = settings.format.tool(problem);
  const content = contentOf(prompt, imagesAmong(problem.variables, maxImages), firstImages(problem.feedback));
  return {
    system: systemPrompt,
    messages: [{ role: "user", content }],
    maxTokens: settings.maxReplyTokens,
    temperature: settings.temperature,
    ...(tool === undefined ? {} : { tool }),
  };
}

/** The first proposal that was not refused, else the last, with the exchanges of all. */
async function firstAccepted(maxSamples: number, sample: () => Promise<Proposal>): Promise<Proposal> {
  let proposal = await sample();
  for (let samples = 1; samples < maxSamples && proposal.refused.length > 0; samples++) {
    const next = await sample();
    proposal = { ...next, exchanges: [...proposal.exchanges, ...next.exchanges] };
  }
  return proposal;
}
