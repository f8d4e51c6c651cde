/** OptoPrime: shows a model the minimal subgraph with the feedback, and asks for new values of the variables. */

import { feedbackText } from "../../graph/feedback.ts";
import type { LanguageModel, ModelRequest } from "../../llm/llm.ts";
import { TracegradError } from "../../util/errors.ts";
import { requirePositive } from "../../util/require.ts";
import type { Algorithm } from "../algorithm.ts";
import { ask, requireModel } from "../ask.ts";
import { Optimizer } from "../optimizer.ts";
import { type Problem, problemOf } from "../problem.ts";
import { jsonReply, type ReplyFormat } from "../reply.ts";
import { defaultObjective, systemPrompt } from "./prompt-text.ts";
import { type Rendering, type Round, renderPrompt, valueText } from "./render.ts";

/** Options of {@link optoPrime}. */
export interface OptoPrimeSettings {
  /** What to aim at, in words. Default: better outputs by the feedback. */
  readonly objective?: string;
  /** How many past steps, with their values and feedback, the model is reminded of, if the prompt has room. Default: 0. */
  readonly memory?: number;
  /** The most tokens of a prompt, estimated at four characters each. Default: 24,000. */
  readonly maxPromptTokens?: number;
  /** The most tokens of a reply. Default: 8,192. */
  readonly maxReplyTokens?: number;
  /** Sampling temperature. Default: the model's own. */
  readonly temperature?: number;
  /** How often a refused answer is asked for again, with the reason. Default: 1. */
  readonly retries?: number;
  /** How the answer is asked for and read. Default: JSON, by a tool call where the model has tools. */
  readonly format?: ReplyFormat;
}

/** Options of {@link OptoPrime}. */
export interface OptoPrimeOptions extends OptoPrimeSettings {
  /** The model that proposes. */
  readonly llm: LanguageModel;
}

/** OptoPrime's memory: past steps, the oldest first. */
export type OptoPrimeState = {
  readonly rounds: readonly { readonly variables: Readonly<Record<string, string>>; readonly feedback: string }[];
};

/**
 * OptoPrime as an algorithm: one prompt per step that shows the whole minimal subgraph, one structured answer, checked
 * strictly. Source: Cheng et al. 2024, "Trace is the Next AutoDiff", section 4.
 */
export function optoPrime(settings: OptoPrimeSettings = {}): Algorithm<OptoPrimeState> {
  const { objective = defaultObjective, memory = 0, maxPromptTokens = 24_000, format = jsonReply } = settings;
  requirePositive("memory", memory, { zero: true });
  requirePositive("maxPromptTokens", maxPromptTokens);
  requirePositive("maxReplyTokens", settings.maxReplyTokens ?? 1);
  requirePositive("retries", settings.retries ?? 1, { zero: true });
  const { maxReplyTokens = null, temperature = null, retries = 1 } = settings;
  const told = { objective, memory, maxPromptTokens, maxReplyTokens, temperature, retries };
  return {
    name: "OptoPrime",
    settings: told,
    init: () => ({ rounds: [] }),
    async propose(credit, state, context) {
      const { parameters, signal } = context;
      const llm = requireModel(context.llm, "OptoPrime");
      const problem = problemOf(credit, parameters);
      const rendering = {
        objective,
        memory: state.rounds,
        maxTokens: maxPromptTokens,
        instructions: format.instructions(problem),
      };
      const first = requestOf(promptOf(problem, rendering), problem, settings);
      const proposal = await ask({ first, problem, llm, signal, format, retries });
      const rounds = memory === 0 ? [] : [...state.rounds, roundOf(problem)].slice(-memory);
      return [proposal, { rounds }];
    },
  };
}

/** {@link optoPrime} bound to a program's parameters. */
export class OptoPrime extends Optimizer<OptoPrimeState> {
  /**
   * @param target What holds the parameters: a model, a parameter, a traced function, an array or record of these.
   * @example
   * const optimizer = new OptoPrime(solver, { llm: anthropic("claude-sonnet-5-5"), memory: 5 });
   */
  constructor(target: unknown, { llm, ...settings }: OptoPrimeOptions) {
    super(target, optoPrime(settings), llm);
  }
}

/** The prompt with as many past steps as it has room for, the newest last: memory must never stop a step. */
function promptOf(problem: Problem, rendering: Rendering): string {
  for (let memory = rendering.memory; ; memory = memory.slice(1)) {
    try {
      return renderPrompt(problem, { ...rendering, memory });
    } catch (error) {
      const isTooLarge = error instanceof TracegradError && error.code === "prompt-too-large";
      if (!isTooLarge || memory.length === 0) throw error;
    }
  }
}

function requestOf(prompt: string, problem: Problem, settings: OptoPrimeSettings): ModelRequest {
  const { maxReplyTokens = 8_192, temperature, format = jsonReply } = settings;
  const tool = format.tool(problem);
  const images = (problem.feedback.images ?? []).map((image) => ({ type: "image" as const, ...image }));
  const content = images.length === 0 ? prompt : [{ type: "text" as const, text: prompt }, ...images];
  return {
    system: systemPrompt,
    messages: [{ role: "user", content }],
    maxTokens: maxReplyTokens,
    ...(tool === undefined ? {} : { tool }),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

function roundOf({ variables, feedback }: Problem): Round {
  const values = Object.fromEntries(variables.map(({ name, value }) => [name, valueText(value)]));
  return { variables: values, feedback: feedbackText(feedback) };
}
