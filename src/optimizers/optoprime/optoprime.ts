/** OptoPrime: shows a model the minimal subgraph with the feedback, and asks for new values of the variables. */

import { feedbackText } from "../../graph/feedback.ts";
import type { LanguageModel, Message, ModelRequest } from "../../llm/llm.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview, shorten } from "../../util/preview.ts";
import { requirePositive } from "../../util/require.ts";
import type { Algorithm, Exchange, Proposal } from "../algorithm.ts";
import { Optimizer } from "../optimizer.ts";
import { type Problem, problemOf } from "../problem.ts";
import { jsonReply, type ReplyFormat } from "../reply.ts";
import { type Fitted, fit } from "../suggestion.ts";
import { askAgain, defaultObjective, systemPrompt } from "./prompt-text.ts";
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
    async propose(credit, state, { llm, parameters, signal }) {
      if (llm === undefined)
        throw new TracegradError("no-model", "OptoPrime asks a language model; this optimizer was given none.");
      const problem = problemOf(credit, parameters);
      const rendering = {
        objective,
        memory: state.rounds,
        maxTokens: maxPromptTokens,
        instructions: format.instructions(problem),
      };
      const first = requestOf(promptOf(problem, rendering), problem, settings);
      const proposal = await converse({ first, problem, llm, signal, settings });
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

interface Conversation {
  readonly first: ModelRequest;
  readonly problem: Problem;
  readonly llm: LanguageModel;
  readonly signal: AbortSignal | undefined;
  readonly settings: OptoPrimeSettings;
}

/** Asks, and asks again with the reasons when the answer is refused. */
async function converse({ first, problem, llm, signal, settings }: Conversation): Promise<Proposal> {
  const { format = jsonReply, retries = 1 } = settings;
  const exchanges: Exchange[] = [];
  let request = first;
  for (let attempt = 0; ; attempt++) {
    const reply = await llm.generate(request, signal === undefined ? {} : { signal });
    exchanges.push({ request, reply });
    const read = format.read(reply);
    const fitted: Fitted = "values" in read ? await fit(read, problem) : { updates: [], refused: [read] };
    const reasoning = "values" in read ? read.reasoning : "";
    if (fitted.refused.length === 0 || attempt >= retries) return { ...fitted, reasoning, exchanges };
    const reasons = fitted.refused.map(({ name, reason }) => (name === undefined ? reason : `${name}: ${reason}`));
    request = { ...first, messages: [...request.messages, ...secondTurn(reply.text, reply.toolInput, reasons)] };
  }
}

/** How many characters of a refused answer the model is shown again: an endless one would drown the reasons. */
const longestSaid = 40_000;

function secondTurn(text: string, toolInput: unknown, reasons: readonly string[]): readonly Message[] {
  // The answer goes back as text, so that it reads the same for models with and without tools.
  const said = [text, toolInput === undefined ? "" : jsonText(toolInput)]
    .filter((part) => part.trim() !== "")
    .join("\n");
  return [
    { role: "assistant", content: said === "" ? "(no answer)" : shorten(said, longestSaid) },
    { role: "user", content: askAgain(reasons) },
  ];
}

/** What a model called the tool with, as JSON; very deep data, which JSON cannot write, as far as it can be shown. */
function jsonText(toolInput: unknown): string {
  try {
    return JSON.stringify(toolInput);
  } catch {
    return preview(toolInput, 2_000);
  }
}

function roundOf({ variables, feedback }: Problem): Round {
  const values = Object.fromEntries(variables.map(({ name, value }) => [name, valueText(value)]));
  return { variables: values, feedback: feedbackText(feedback) };
}
