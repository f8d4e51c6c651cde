/** What requests and replies of the usual SDKs say of tokens: how many a call may use, and how many it used. */

import { isRecord } from "../util/is-record.ts";
import type { Tokens } from "../util/token-count.ts";
import { estimatedTokens } from "../util/tokens.ts";

type ReplyFields = Readonly<Record<string, unknown>>;

/** Where a reply tells its tokens, and under which names; those of one side are added up. */
interface UsageShape {
  readonly at: readonly string[];
  readonly input: readonly string[];
  readonly output: readonly string[];
}

const shapes: readonly UsageShape[] = [
  // Anthropic, which counts cached tokens apart, and OpenAI's responses.
  {
    at: ["usage"],
    input: ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"],
    output: ["output_tokens"],
  },
  // OpenAI's chat, completions and embeddings, and what is compatible with them.
  { at: ["usage"], input: ["prompt_tokens"], output: ["completion_tokens"] },
  // Amazon's Converse, which counts cached tokens apart, the AI SDK, and models of tracegrad.
  {
    at: ["usage"],
    input: ["inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens"],
    output: ["outputTokens"],
  },
  { at: ["usage"], input: ["promptTokens"], output: ["completionTokens"] },
  // Google.
  { at: ["usageMetadata"], input: ["promptTokenCount"], output: ["candidatesTokenCount", "thoughtsTokenCount"] },
  {
    at: ["response", "usageMetadata"],
    input: ["promptTokenCount"],
    output: ["candidatesTokenCount", "thoughtsTokenCount"],
  },
  // LangChain.
  { at: ["usage_metadata"], input: ["input_tokens"], output: ["output_tokens"] },
  // Ollama.
  { at: [], input: ["prompt_eval_count"], output: ["eval_count"] },
];

/** The tokens that a reply says it used; undefined when it says nothing. */
export function usageIn(reply: unknown): Tokens | undefined {
  for (const { at, input, output } of shapes) {
    const usage = at.reduce<unknown>((inside, key) => fieldsOf(inside)[key], reply);
    const inputTokens = sumOf(fieldsOf(usage), input);
    const outputTokens = sumOf(fieldsOf(usage), output);
    if (inputTokens === undefined && outputTokens === undefined) continue;
    return { inputTokens: inputTokens ?? 0, outputTokens: outputTokens ?? 0 };
  }
  return undefined;
}

/** Whether arguments of a method look like a request to a model, and what they then say of it. */
export function requestIn(
  args: readonly unknown[],
): { readonly model: string | undefined; readonly most: Partial<Tokens> } | undefined {
  const body = bodyOf(args[0]);
  const { model, modelId, messages, prompt, contents } = body;
  const named = [model, modelId].find((name) => typeof name === "string") as string | undefined;
  const isRequest =
    Array.isArray(messages) ||
    typeof prompt === "string" ||
    Array.isArray(prompt) ||
    contents !== undefined ||
    (named !== undefined && body["input"] !== undefined);
  return isRequest ? { model: named, most: mostOf(body) } : undefined;
}

/** The model that a reply names. */
export function modelIn(reply: unknown): string | undefined {
  const { model, modelVersion } = fieldsOf(reply);
  return [model, modelVersion].find((name) => typeof name === "string") as string | undefined;
}

/** The first argument, or what a command object carries. */
function bodyOf(argument: unknown): ReplyFields {
  const fields = fieldsOf(argument);
  const { input } = fields;
  return isRecord(input) ? input : fields;
}

const limits = [
  "max_tokens",
  "max_completion_tokens",
  "max_output_tokens",
  "maxTokens",
  "maxOutputTokens",
  "num_predict",
];
/** The parts of a request in which some SDKs have its limits. */
const parts = ["config", "generationConfig", "inferenceConfig", "options"];

function mostOf(body: ReplyFields): Partial<Tokens> {
  const inputTokens = estimatedTokens(body);
  const places = [body, ...parts.map((name) => fieldsOf(body[name]))];
  const given = places
    .flatMap((place) => limits.map((name) => countOf(place[name])))
    .find((most) => most !== undefined);
  // OpenAI gives so many answers.
  return given === undefined ? { inputTokens } : { inputTokens, outputTokens: given * (countOf(body["n"]) ?? 1) };
}

function sumOf(usage: ReplyFields, names: readonly string[]): number | undefined {
  const counts = names.map((name) => countOf(usage[name])).filter((count) => count !== undefined);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

/** A number of tokens; newer AI SDKs give a record of the total and its parts. */
function countOf(given: unknown): number | undefined {
  const value = isRecord(given) ? given["total"] : given;
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function fieldsOf(value: unknown): ReplyFields {
  return typeof value === "object" && value !== null ? (value as ReplyFields) : {};
}
