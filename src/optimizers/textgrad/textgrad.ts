/** TextGrad: carries the feedback back to each parameter as text, then rewrites each parameter by that text. */

import type { Credit } from "../../graph/credit.ts";
import type { FeedbackRecord } from "../../graph/feedback-record.ts";
import type { LanguageModel } from "../../llm/llm.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { counted } from "../../util/answering.ts";
import { atPath } from "../../util/external-call.ts";
import { mapLimited } from "../../util/limit.ts";
import { uniqueNames } from "../../util/names.ts";
import {
  count,
  flag,
  must,
  number,
  type OptionTable,
  oneOf,
  optional,
  recordSettings,
  resolveOptions,
  type SettingsOf,
  texts,
  unrecorded,
} from "../../util/options.ts";
import type { Algorithm, Exchange, Proposal, ProposeContext } from "../algorithm.ts";
import { Optimizer } from "../optimizer.ts";
import { problemOf, type Variable } from "../problem.ts";
import { requireModel } from "../prompt/ask.ts";
import { scaleAfter, scaledCounter, type TokenScale } from "../prompt/within-tokens.ts";
import { droppedField, type Refusal } from "../suggestion.ts";
import { carryBack } from "./backward.ts";
import { type GradientFallback, type GradientSettings, gradientTable, type PropagatorSettings } from "./options.ts";
import { bestRunsWith } from "./plan.ts";
import { byEdge, byNode } from "./questions.ts";
import { pastOf, type RewriteBasis, type RewriteSettings, rewrite, type VariableUses } from "./rewrite.ts";

/** Options of {@link textGradAlgorithm}. Those of {@link GradientSettings} are of the backward pass. */
export interface TextGradAlgorithmOptions extends GradientSettings {
  /** How the feedback is carried back, where the credit has a graph. Default: `textGradient`, as in the paper. */
  readonly propagator?: "textGradient" | "semantic";
  /**
   * The model of the backward pass. Default: the optimizer's own. A cheaper one may do: there are many more of these
   * calls.
   */
  readonly gradientLlm?: LanguageModel;
  /** What every new value must fulfil, in words, beside the parameters' own constraints. Default: none. */
  readonly constraints?: readonly string[];
  /**
   * How many past values of a parameter, with the gradients on them, the rewrite is shown. Default: 0, as in the paper,
   * so that a step costs no more than it must and steps can be told apart; 3 helps where feedback is noisy or changes
   * undo each other. Each is cut to `maxTextLength`.
   */
  readonly memorySize?: number;
  /**
   * Whether the rewrite also sees which points of its gradient came back from the remembered ones, since those were
   * not mended yet. Found by comparing words, without a call. Default: true; without `memorySize` there is nothing to
   * come back.
   */
  readonly momentum?: boolean;
  /** The most tokens of a new value's reply. Default: 8,192. */
  readonly maxRewriteTokens?: number;
  /** Sampling temperature of all calls. Default: the model's own. */
  readonly temperature?: number;
  /** How often a refused new value is asked for again, with the reason. Default: 1. */
  readonly maxRetries?: number;
  /** The most calls under way at once. The result is the same for every number. Default: 8. */
  readonly concurrency?: number;
}

/** Options of {@link textGrad}. */
export interface TextGradOptions extends TextGradAlgorithmOptions {
  /** The model that rewrites and, unless `gradientLlm` is given, carries back. */
  readonly llm: LanguageModel;
}

/** TextGrad's memory: for each parameter by name its past values with the gradients on them, the oldest first. */
export type TextGradState = TokenScale & {
  readonly past: Readonly<Record<string, readonly { readonly value: string; readonly gradient: string }[]>>;
};

/**
 * TextGrad as an algorithm: a backward pass with a model gives each parameter a textual gradient, then one call for
 * each parameter rewrites it. A credit whose signals carry no graph, such as one that `textGradient` or `semantic` has
 * made, is taken as the gradients, without a backward pass.
 *
 * Each parameter is rewritten alone, by its own gradients, each beside the use that it is about: what went in and what
 * came out. So an answer that is refused leaves that parameter as it is,
 * and the others change all the same: unlike the values of one OptoPrime answer they were not thought of together.
 * `refused` says which, and where in the backward pass the raw feedback stood in for a gradient. When a rewrite's call
 * itself fails, so does the step.
 *
 * Source: Yuksekgonul et al. 2024, "TextGrad: Automatic Differentiation via Text", with the backward pass of Wang et
 * al. 2024 (`propagator: "semantic"`) as a choice.
 * @throws TracegradError `bad-option`.
 */
export function textGradAlgorithm(options: TextGradAlgorithmOptions = {}): Algorithm<TextGradState> {
  const settings = resolveOptions("TextGrad", options, table);
  const { gradientLlm } = settings;
  return {
    name: "TextGrad",
    settings: recordSettings(settings, table),
    models: gradientLlm === null ? [] : [gradientLlm],
    init: () => ({ past: {} }),
    propose: (credit, state, context) => propose(settings, { credit, state, context }),
  };
}

/**
 * An optimizer that runs {@link textGradAlgorithm} on a program's parameters.
 * @param target What holds the parameters: a model, a parameter, a traced function, an array or record of these.
 * @example
 * const optimizer = textGrad(solver, { llm: anthropic("claude-sonnet-5-5"), propagator: "semantic", memorySize: 3 });
 */
export function textGrad(target: unknown, { llm, ...options }: TextGradOptions): Optimizer<TextGradState> {
  return new Optimizer(target, textGradAlgorithm(options), llm);
}

const languageModel = must<LanguageModel>(
  "be a language model",
  (value) => typeof (value as Partial<LanguageModel> | undefined)?.generate === "function",
);

const table = {
  ...gradientTable,
  propagator: ["textGradient", oneOf("textGradient", "semantic")],
  constraints: [[], texts],
  memorySize: [0, count(0)],
  momentum: [true, flag],
  maxRetries: [1, count(0)],
  concurrency: [8, count(), unrecorded],
  maxRewriteTokens: [8_192, count()],
  temperature: [null, optional(number(0))],
  gradientLlm: [null, optional(languageModel), (llm: LanguageModel | null) => llm?.name ?? null],
} satisfies OptionTable<TextGradAlgorithmOptions>;

type TextGradSettings = SettingsOf<typeof table>;

interface TextGradStep {
  readonly credit: Credit;
  readonly state: TextGradState;
  readonly context: ProposeContext;
}

async function propose(
  settings: TextGradSettings,
  { credit, state, context }: TextGradStep,
): Promise<readonly [Proposal, TextGradState]> {
  const llm = requireModel(context.llm, "TextGrad");
  const { parameters } = context;
  const { variables } = problemOf(credit, parameters);
  const gradients = await gradientsOf(credit, { ...context, llm }, settings);
  const keys = keysOf(parameters);
  const tasks = variables.flatMap((variable) => {
    const given = gradients.byParameter.get(variable.parameter);
    const past = state.past[keys.get(variable.parameter) as string] ?? [];
    return given === undefined ? [] : [{ ...given, variable, past, note: context.note }];
  });
  const how = rewriteSettings({ ...context, llm }, settings, state);
  const proposals = await mapLimited(tasks, settings.concurrency, (task, at) =>
    atPath(`rewrite ${at + 1}`, () => rewrite(task, how)),
  );
  const past = settings.memorySize === 0 ? {} : addToPast(state, tasks, { ...settings, keys });
  const rewritten = tasks.map(({ variable }) => variable);
  const scale = scaleAfter(state, proposals[0]?.exchanges[0]);
  return [mergeProposals(rewritten, proposals, gradients), { past, ...scale }];
}

type ModelContext = ProposeContext & { readonly llm: LanguageModel };

interface Gradients {
  /** None for a parameter that only runs with the best score depend on. */
  readonly byParameter: ReadonlyMap<Parameter, Gradient>;
  readonly exchanges: readonly Exchange[];
  readonly fallbacks: readonly GradientFallback[];
}

interface Gradient {
  readonly gradient: FeedbackRecord;
  readonly uses: VariableUses | undefined;
}

/** The gradient of each credited parameter: carried back through the graph or, without one, its signal's feedback. */
async function gradientsOf(
  credit: Credit,
  { parameters, llm, signal }: ModelContext,
  settings: TextGradSettings,
): Promise<Gradients> {
  const signals = parameters.map((parameter) => credit.signals.get(parameter)).filter((one) => one !== undefined);
  const graph = signals.find(({ subgraph }) => subgraph !== undefined)?.subgraph?.graph;
  if (graph === undefined) {
    const given = signals.map(
      ({ parameter, feedback }) => [parameter, { gradient: feedback, uses: undefined }] as const,
    );
    return { byParameter: new Map(given), exchanges: [], fallbacks: [] };
  }
  const targets = new Set<Parameter>(signals.map(({ parameter }) => parameter));
  const method = settings.propagator === "semantic" ? byNode : byEdge;
  const gradientLlm = counted(settings.gradientLlm ?? llm);
  const own: PropagatorSettings = {
    ...settings,
    llm: gradientLlm,
    signal: signal ?? null,
  };
  const {
    received,
    best,
    credit: carried,
  } = await carryBack(graph, credit.feedback, { method, settings: own, targets });
  const byParameter = new Map<Parameter, Gradient>();
  for (const [parameter, one] of received) {
    const praised = bestRunsWith(parameter, best).length;
    byParameter.set(parameter, { gradient: one.record, uses: { graph, received: one, best: praised } });
  }
  return { byParameter, exchanges: carried.exchanges, fallbacks: carried.fallbacks };
}

function rewriteSettings(
  { llm, signal, temperature }: ModelContext,
  settings: TextGradSettings,
  scale: TokenScale,
): RewriteSettings {
  const { objective, constraints, momentum, maxRetries, maxRewriteTokens, maxPromptTokens } = settings;
  const { maxTextLength, reduceAbove, maxValueLength } = settings;
  return {
    ...{ llm, signal, objective, constraints, momentum },
    limits: { gradient: Math.max(maxTextLength, reduceAbove), past: maxTextLength, value: maxValueLength },
    limit: { maxTokens: maxPromptTokens, count: scaledCounter(scale) },
    maxReplyTokens: maxRewriteTokens,
    retries: maxRetries,
    temperature: temperature ?? settings.temperature,
  };
}

/** A key for each parameter that stays the same whatever graph it is seen in. */
function keysOf(parameters: readonly Parameter[]): ReadonlyMap<Parameter, string> {
  const names = uniqueNames(parameters.map(({ name }) => name));
  return new Map(parameters.map((parameter, at) => [parameter, names[at] as string]));
}

/** The past of each parameter, with this step's value and gradient. */
function addToPast(
  { past }: TextGradState,
  tasks: readonly RewriteBasis[],
  { memorySize, maxTextLength, keys }: TextGradSettings & { readonly keys: ReadonlyMap<Parameter, string> },
): TextGradState["past"] {
  const next = { ...past };
  for (const task of tasks) {
    const key = keys.get(task.variable.parameter) as string;
    next[key] = [...(past[key] ?? []), pastOf(task, maxTextLength)].slice(-memorySize);
  }
  return next;
}

/** Merges the proposals for the variables into one: a refusal of some leaves the updates of the others as they are. */
function mergeProposals(
  variables: readonly Variable[],
  proposals: readonly Proposal[],
  gradients: Gradients,
): Proposal {
  const nameOf = (at: number) => variables[at]?.name as string;
  const reasons = proposals.flatMap(({ reasoning }, at) => (reasoning === "" ? [] : [`${nameOf(at)}: ${reasoning}`]));
  const refused = proposals.flatMap((one, at) => one.refused.map(({ reason }) => ({ name: nameOf(at), reason })));
  return {
    updates: proposals.flatMap(({ updates }) => updates),
    reasoning: variables.length === 1 ? (proposals[0]?.reasoning ?? "") : reasons.join("\n"),
    refused: [...gradients.fallbacks.map(fallbackText), ...refused],
    ...droppedField(proposals.flatMap(({ dropped = [] }) => dropped)),
    exchanges: [...gradients.exchanges, ...proposals.flatMap(({ exchanges }) => exchanges)],
  };
}

function fallbackText({ node, input, reason }: GradientFallback): Refusal {
  const what =
    input === undefined ? `The feedback on ${node} was cut, not reduced` : `No gradient from ${node} to ${input}`;
  const instead = input === undefined ? "" : " The raw feedback was used instead.";
  return { name: undefined, reason: `${what}: ${reason}.${instead}` };
}
