/** A GGUF file as a LanguageModel, run in this process by node-llama-cpp: no server, no key, no price. */

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, resolve } from "node:path";
import { messageOf, TracegradError } from "../util/errors.ts";
import { type NamesOf, requireKnown } from "../util/known-names.ts";
import { WorkQueue } from "../util/limit.ts";
import { requireWholeNumber } from "../util/require.ts";
import { type AdapterReply, type CallLimits, makeModel } from "./adapter.ts";
import { inTurn } from "./in-turn.ts";
import { type Continuation, LlamaEngine, type NodeLlamaCpp } from "./llama-engine.ts";
import type { LanguageModel, ModelRequest } from "./llm.ts";
import { badConfig } from "./provider-options.ts";
import { replyOfParts } from "./reply-reader.ts";
import { withReplyFormat } from "./request-text.ts";

export type { NodeLlamaCpp } from "./llama-engine.ts";

/** Settings of `llamaCpp()`. */
export interface LlamaCppOptions {
  /** The name by which a run counts the model, and cassettes and caches keep its replies. Default: that of the file. */
  readonly name?: string;
  /** The most tokens of a reply whose request does not say. Default 1024. */
  readonly maxTokens?: number;
  /** The most tokens of a prompt and its reply together; the file may have less. Default 8192. */
  readonly contextSize?: number;
  /**
   * How many prompts stay in memory. A prompt that begins like one of them is read only from where it differs, which
   * saves most of the time where many requests share their instructions and examples: give as many as there are prompts
   * that alternate. Each takes the memory of a whole context. Where reading began changes the last digits of what the
   * model computes, so that now and then equal requests get different replies. Default: 0, and equal requests get equal
   * replies.
   */
  readonly promptCache?: number;
  /**
   * Threads of the processor. More of them than free cores make it slower many times over, because they wait for each
   * other. Default: half of what the machine has.
   */
  readonly threads?: number;
  /** Whether a graphics processor is used where node-llama-cpp has a build for it. Default: true. */
  readonly gpu?: boolean;
  /**
   * `chat` makes a conversation of a request, by the file's own template; `none` has its texts continued. Default:
   * `chat`.
   */
  readonly template?: "chat" | "none";
  /**
   * A reply ends before the first of these. They do not apply to a reply that is held to a JSON schema. Default: none.
   */
  readonly stop?: readonly (string | RegExp)[];
  /** What a temperature above 0 draws by: equal requests then get equal replies. Default: another one each time. */
  readonly seed?: number;
  /** What `import("node-llama-cpp")` gives, where it is not installed beside tracegrad. */
  readonly nodeLlamaCpp?: NodeLlamaCpp;
}

type LlamaCppSettings = Required<Omit<LlamaCppOptions, "seed" | "nodeLlamaCpp">> &
  Pick<LlamaCppOptions, "seed" | "nodeLlamaCpp"> & { readonly file: string };

const names: NamesOf<LlamaCppOptions> = {
  ...{ name: true, maxTokens: true, contextSize: true, threads: true, gpu: true, template: true, stop: true },
  ...{ promptCache: true, seed: true, nodeLlamaCpp: true },
};

/** A model in this process. */
export interface LlamaCppModel extends LanguageModel {
  /** The tokens of the prompt that a request becomes, by the model's own tokenizer. */
  countTokens(request: ModelRequest): Promise<number>;
}

/**
 * Makes a model of a GGUF file, which node-llama-cpp (version 3, a peer) loads at the first request and keeps until the
 * process ends. Requests are answered one after another, calls of a judge or an optimizer first. A request with a
 * `tool` has the reply held to the tool's JSON schema by a grammar; all properties that it names are then written. A
 * schema that node-llama-cpp does not know is asked for in text alone. Without a temperature the most likely token is
 * taken each time. Usage is what the tokenizer counts; answers are free, unless a run's `prices` has the model's name.
 *
 * @param file The path of the `.gguf` file.
 * @throws TracegradError `"model-config"` at once when there is no such file, `"bad-option"` for a setting that is
 *   unknown or out of range. `generate` rejects with `"model-config"` when node-llama-cpp is not installed or cannot
 *   load the file, `"model-bad-request"` for an image or a prompt that does not fit into the context,
 *   `"model-unavailable"` when node-llama-cpp fails, or an AbortError.
 * @example
 * const llm = llamaCpp("models/SmolLM2-135M-Instruct.Q4_1.gguf", { threads: 1 });
 */
export function llamaCpp(file: string, options: LlamaCppOptions = {}): LlamaCppModel {
  requireKnown("llamaCpp", options, names);
  const settings = settingsOf(file, options);
  const { name, maxTokens } = settings;
  const place = new ModelPlace(settings);
  const model = makeModel({
    ...{ name, maxTokens, free: true },
    generate: async (request, { signal }, requests) => place.answer(request, { signal, requests }),
  });
  return { ...model, countTokens: (request) => place.count(request) };
}

/** Where the requests to one file wait for each other. */
class ModelPlace {
  readonly #settings: LlamaCppSettings;
  readonly #turns = new WorkQueue(1);
  #loading: Promise<LlamaEngine> | undefined;

  constructor(settings: LlamaCppSettings) {
    this.#settings = settings;
  }

  async count(request: ModelRequest): Promise<number> {
    requireNoImage(request);
    return (await this.#engine()).tokensOf(withReplyFormat(request)).length;
  }

  answer(request: ModelRequest, limits: CallLimits): Promise<AdapterReply> {
    requireNoImage(request);
    return inTurn(this.#turns, limits, (stopped) => this.#continue(request, stopped));
  }

  async #continue(request: ModelRequest, signal: AbortSignal): Promise<AdapterReply> {
    const { name, temperature = 0 } = { ...this.#settings, ...request };
    const engine = await this.#engine();
    const prompt = engine.tokensOf(withReplyFormat(request));
    const maxTokens = Math.min(request.maxTokens ?? this.#settings.maxTokens, engine.contextSize - prompt.length);
    if (maxTokens <= 0) throw tooLong(prompt.length, engine, this.#settings);
    const { seed, stop } = this.#settings;
    const how: Continuation = { maxTokens, temperature, seed, stop, schema: request.tool?.inputSchema };
    const { text, outputTokens, stopReason } = await engine.continue(prompt, how, signal).catch((thrown: unknown) => {
      if (signal.aborted) throw thrown;
      throw new TracegradError("model-unavailable", `node-llama-cpp failed: ${messageOf(thrown)}`, { cause: thrown });
    });
    const usage = { inputTokens: prompt.length, outputTokens };
    return { ...replyOfParts({ text, calls: [], stopReason, model: name }, request), usage };
  }

  #engine(): Promise<LlamaEngine> {
    const { template, nodeLlamaCpp } = this.#settings;
    this.#loading ??= LlamaEngine.load({ ...this.#settings, isChat: template === "chat", nodeLlamaCpp });
    return this.#loading;
  }
}

function settingsOf(file: string, options: LlamaCppOptions): LlamaCppSettings {
  const { name = basename(file, ".gguf"), maxTokens = 1024, contextSize = 8192, gpu = true } = options;
  const { threads = Math.max(1, Math.floor(availableParallelism() / 2)), template = "chat", stop = [] } = options;
  const { promptCache = 0, seed, nodeLlamaCpp } = options;
  for (const [option, value] of Object.entries({ maxTokens, contextSize, threads })) requireWholeNumber(option, value);
  for (const [option, value] of Object.entries({ promptCache, seed })) {
    if (value !== undefined) requireWholeNumber(option, value, { zero: true });
  }
  if (template !== "chat" && template !== "none") {
    throw new TracegradError("bad-option", `\`template\` is "chat" or "none"; got ${JSON.stringify(template)}.`);
  }
  const path = resolve(file);
  if (!existsSync(path)) throw badConfig(`There is no model ${path}. Give llamaCpp() the path of a .gguf file.`);
  return {
    ...{ file: path, name, maxTokens, contextSize, promptCache, gpu, threads, template, stop },
    ...(seed !== undefined && { seed }),
    ...(nodeLlamaCpp && { nodeLlamaCpp }),
  };
}

function requireNoImage({ messages }: ModelRequest): void {
  for (const { content } of messages) {
    if (typeof content === "string" || content.every(({ type }) => type === "text")) continue;
    const text = "llamaCpp() takes text only, and the request has an image. Leave it out, or use a model that sees.";
    throw new TracegradError("model-bad-request", text);
  }
}

function tooLong(tokens: number, { contextSize }: LlamaEngine, settings: LlamaCppSettings): TracegradError {
  const fix =
    contextSize < settings.contextSize ? "Shorten it, or use another model" : "Shorten it, or raise contextSize";
  const text = `The prompt has ${tokens} tokens, and the context of ${settings.name} ${contextSize}. ${fix}.`;
  return new TracegradError("model-bad-request", text);
}
