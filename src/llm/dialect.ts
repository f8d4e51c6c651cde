/** What a server takes, and how to ask it once it has refused something. */

import type { CallLimits } from "./adapter.ts";
import type { ModelReply, ModelRequest } from "./llm.ts";
import { errorFacts, judgeProvider, type Provider } from "./provider-errors.ts";
import type { ReplyReader } from "./reply-reader.ts";
import type { ReplyForm } from "./request-text.ts";
import type { FailureVerdict } from "./retry.ts";
import { callStreamed, type StreamedCall } from "./streamed-call.ts";

/** How a server is asked. */
export interface Dialect {
  readonly form: ReplyForm;
  /** Whether a stream is asked for its usage. Only chat completions have to be. */
  readonly asksUsage: boolean;
  /** What chat completions call the most tokens of a reply: the name in use, then those that were not tried. */
  readonly limitNames: readonly [string, ...string[]];
}

/**
 * Statuses of servers that do not know a field. llama.cpp answers 500 to tools when it was started without templates,
 * and OpenRouter 404 when no provider of a model has tools.
 */
const REFUSING_STATUS: ReadonlySet<number | undefined> = new Set([400, 404, 415, 422, 500, 501]);

const AGAINST_TOOLS = /\btools?\b|tool[_-](choice|call|use)|function[ _-]?call|invalid_function/i;
const AGAINST_JSON = /response_format|json[_ ]?(schema|object|mode)|text\.format|structured output|grammar|guided/i;
const AGAINST_USAGE = /stream_options|include_usage/i;
const UNKNOWN_FIELD = /unsupported|not supported|unknown|unrecognized|not permitted|forbidden|unexpected/i;

/** How to ask a server that has thrown `thrown` in `dialect`; undefined when it did not refuse a part of that. */
function dialectAfter(thrown: unknown, dialect: Dialect, { tool }: ModelRequest): Dialect | undefined {
  const { status, message } = errorFacts(thrown);
  if (!REFUSING_STATUS.has(status)) return undefined;
  const [limitName, nextLimitName, ...others] = dialect.limitNames;
  if (dialect.asksUsage && AGAINST_USAGE.test(message)) return { ...dialect, asksUsage: false };
  if (nextLimitName !== undefined && message.includes(limitName) && UNKNOWN_FIELD.test(message)) {
    return { ...dialect, limitNames: [nextLimitName, ...others] };
  }
  if (tool && dialect.form === "tool" && AGAINST_TOOLS.test(message)) return { ...dialect, form: "json" };
  if (tool && dialect.form === "json" && AGAINST_JSON.test(message)) return { ...dialect, form: "text" };
  return undefined;
}

/** A call whose requests depend on what the server takes. */
export interface CallInDialect extends Pick<StreamedCall, "model" | "settings"> {
  /** How the server has been found to take its requests. */
  dialect: Dialect;
  readonly providerOf: () => Provider;
  readonly newReader: (request: ModelRequest, dialect: Dialect) => ReplyReader;
  /** Makes one request; the last argument is what {@link StreamedCall.send} gets. */
  readonly send: (
    request: ModelRequest,
    dialect: Dialect,
    how: Parameters<StreamedCall["send"]>,
  ) => ReturnType<StreamedCall["send"]>;
}

/** Asks until there is a whole reply; what the server refuses is asked for in another way. */
export async function callInDialect(
  call: CallInDialect,
  request: ModelRequest,
  limits: CallLimits,
): Promise<ModelReply> {
  const { model, settings } = call;
  let { dialect } = call;
  const judge = (thrown: unknown): FailureVerdict => {
    const verdict = judgeProvider(thrown, call.providerOf());
    const next = dialectAfter(thrown, dialect, request);
    if (next === undefined) return verdict;
    dialect = next;
    return { ...verdict, asksAnew: true };
  };
  const send: StreamedCall["send"] = (...how) => call.send(request, dialect, how);
  const newReader = (): ReplyReader => call.newReader(request, dialect);
  const reply = await callStreamed({ model, settings, newReader, send, judge }, limits);
  // Only what got an answer is remembered: the refusal may have had another cause.
  call.dialect = dialect;
  return reply;
}
