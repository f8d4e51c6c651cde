/** Runs a GGUF file by node-llama-cpp: loads it once, then continues one prompt at a time. */

import { randomInt } from "node:crypto";
import { throwIfAborted } from "../util/abort.ts";
import { messageOf } from "../util/errors.ts";
import { isRecord } from "../util/is-record.ts";
import { readJson } from "../util/loose-json.ts";
import { type LlamaSequence, LlamaSequences } from "./llama-sequences.ts";
import type { Message, ModelRequest, ReplyTool, StopReason } from "./llm.ts";
import { badConfig } from "./provider-options.ts";
import { textOfMessage, textOfRequest } from "./text.ts";

/** What is used of node-llama-cpp, version 3. What `import("node-llama-cpp")` gives has it. */
export interface NodeLlamaCpp {
  /** Loads the engine. */
  getLlama(options: never): Promise<unknown>;
  /** Gives the chat template of a model. */
  resolveChatWrapper(model: never): unknown;
  readonly LlamaGrammarEvaluationState: new (options: never) => object;
}

interface Llama {
  loadModel(options: { readonly modelPath: string }): Promise<LlamaModel>;
  createGrammarForJsonSchema(schema: object): Promise<object>;
}

interface LlamaModel {
  readonly trainContextSize: number;
  readonly tokenizer: unknown;
  createContext(options: {
    readonly threads: number;
    /** The tokens of a sequence. */
    readonly contextSize: number;
    readonly sequences: number;
  }): Promise<{ getSequence(): LlamaSequence }>;
  tokenize(text: string): number[];
  detokenize(tokens: readonly number[]): string;
}

interface ChatTemplate {
  generateContextState(state: { readonly chatHistory: readonly object[] }): {
    readonly contextText: { tokenize(tokenizer: unknown): number[] };
  };
}

/** How a file is loaded. */
export interface EngineSettings {
  readonly file: string;
  readonly contextSize: number;
  readonly threads: number;
  /** How many prompts stay in memory; 0 for none. */
  readonly promptCache: number;
  readonly gpu: boolean;
  /** Whether requests are conversations for the file's chat template, or one text to be continued. */
  readonly isChat: boolean;
  readonly nodeLlamaCpp: NodeLlamaCpp | undefined;
}

/** How a prompt is continued. */
export interface Continuation {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number | undefined;
  /** The text ends before the first of these. */
  readonly stop: readonly (string | RegExp)[];
  /** What the text is held to. */
  readonly schema: ReplyTool["inputSchema"] | undefined;
}

/** What a model has written. */
export interface WrittenText {
  readonly text: string;
  readonly outputTokens: number;
  readonly stopReason: Extract<StopReason, "end" | "length">;
}

/** A loaded file. Only one prompt is continued at a time, and its caller sees to that. */
export class LlamaEngine {
  /** The most tokens of a prompt and what follows it. */
  readonly contextSize: number;
  readonly #api: NodeLlamaCpp;
  readonly #llama: Llama;
  readonly #model: LlamaModel;
  readonly #sequences: LlamaSequences;
  readonly #template: ChatTemplate | undefined;

  /** @throws TracegradError `"model-config"` when node-llama-cpp is missing, or cannot load the file. */
  static async load(settings: EngineSettings): Promise<LlamaEngine> {
    const { file, threads, gpu, promptCache } = settings;
    const api = settings.nodeLlamaCpp ?? (await importNodeLlamaCpp());
    try {
      // Nothing is compiled, and nothing is written on the console.
      const options = { build: "never", gpu: gpu ? "auto" : false, maxThreads: threads, logLevel: "disabled" };
      const llama = (await api.getLlama(options as never)) as Llama;
      const model = await llama.loadModel({ modelPath: file });
      const contextSize = Math.min(settings.contextSize, model.trainContextSize);
      const count = Math.max(1, promptCache);
      const context = await model.createContext({ threads, contextSize, sequences: count });
      const all = Array.from({ length: count }, () => context.getSequence());
      const sequences = new LlamaSequences(all, promptCache > 0);
      return new LlamaEngine(settings, { api, llama, model, sequences, contextSize });
    } catch (thrown) {
      throw badConfig(
        `${file} cannot be loaded: ${messageOf(thrown)}. Is it a GGUF file, and does it fit into memory?`,
      );
    }
  }

  private constructor(
    { isChat }: EngineSettings,
    parts: {
      readonly api: NodeLlamaCpp;
      readonly llama: Llama;
      readonly model: LlamaModel;
      readonly sequences: LlamaSequences;
      readonly contextSize: number;
    },
  ) {
    ({ api: this.#api, llama: this.#llama, model: this.#model } = parts);
    ({ sequences: this.#sequences, contextSize: this.contextSize } = parts);
    this.#template = isChat ? (this.#api.resolveChatWrapper(this.#model as never) as ChatTemplate) : undefined;
  }

  /** The tokens of the prompt that a request becomes. */
  tokensOf(request: ModelRequest): readonly number[] {
    if (this.#template === undefined) return this.#model.tokenize(textOfRequest(request));
    const { contextText } = this.#template.generateContextState({ chatHistory: chatHistoryOf(request) });
    return contextText.tokenize(this.#model.tokenizer);
  }

  /**
   * Continues a prompt. Without a prompt cache, and with a seed or no temperature, equal prompts are continued equally,
   * whatever came before them.
   */
  async continue(prompt: readonly number[], how: Continuation, signal: AbortSignal): Promise<WrittenText> {
    // Left to itself, node-llama-cpp draws by the second, and all replies of a second are the same.
    const { maxTokens, temperature, seed = randomInt(2 ** 32) } = how;
    const grammar = await this.#grammarFor(how.schema);
    const { sequence, unread } = await this.#sequences.ready(prompt);
    throwIfAborted(signal);
    const tokens: number[] = [];
    const options = { temperature, seed, ...(grammar && { grammarEvaluationState: grammar }) };
    for await (const token of sequence.evaluate(unread, options)) {
      throwIfAborted(signal);
      tokens.push(token);
      const text = this.#model.detokenize(tokens);
      const end = grammar ? endOfObject(text) : endBefore(text, how.stop);
      if (end !== undefined) return { text: text.slice(0, end), outputTokens: tokens.length, stopReason: "end" };
      if (tokens.length >= maxTokens) return { text, outputTokens: tokens.length, stopReason: "length" };
    }
    return { text: this.#model.detokenize(tokens), outputTokens: tokens.length, stopReason: "end" };
  }

  /** What holds a text to a JSON schema; undefined where node-llama-cpp does not know a part of it. */
  async #grammarFor(schema: ReplyTool["inputSchema"] | undefined): Promise<object | undefined> {
    if (schema === undefined) return undefined;
    // For node-llama-cpp an object has no other properties than those named, so it would have none.
    const open = isRecord(schema["properties"]) ? {} : { additionalProperties: true };
    const grammar = await this.#llama
      .createGrammarForJsonSchema({ ...open, ...schema, type: "object" })
      .catch(() => undefined);
    return grammar && new this.#api.LlamaGrammarEvaluationState({ model: this.#model, grammar } as never);
  }
}

async function importNodeLlamaCpp(): Promise<NodeLlamaCpp> {
  // Not a literal: a bundler is not to follow it into native modules.
  const name: string = "node-llama-cpp";
  try {
    return (await import(name)) as NodeLlamaCpp;
  } catch (thrown) {
    throw badConfig(`node-llama-cpp cannot be imported: ${messageOf(thrown)}. Run: npm install node-llama-cpp`);
  }
}

function chatHistoryOf({ system, messages }: ModelRequest): readonly object[] {
  const last = messages.at(-1);
  return [
    ...(system === undefined ? [] : [{ type: "system", text: system }]),
    ...messages.map(turnOf),
    // What the model is to write. Where the last message is its own, that is continued.
    ...(last?.role === "assistant" ? [] : [{ type: "model", response: [] }]),
  ];
}

function turnOf(message: Message): object {
  const text = textOfMessage(message);
  return message.role === "user" ? { type: "user", text } : { type: "model", response: [text] };
}

/** Where the first of `stops` begins in a text. */
function endBefore(text: string, stops: readonly (string | RegExp)[]): number | undefined {
  const found = stops.map((stop) => (typeof stop === "string" ? text.indexOf(stop) : text.search(stop)));
  const ends = found.filter((at) => at >= 0);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** The end of a text that is one whole JSON object. A grammar lets a model go on with spaces for ever. */
function endOfObject(text: string): number | undefined {
  const whole = text.trimEnd();
  return whole.endsWith("}") && !("problem" in readJson(whole)) ? whole.length : undefined;
}
