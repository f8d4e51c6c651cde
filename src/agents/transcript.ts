/** What a query of the Claude Agent SDK gave, message by message: read as turns, stored, and given again. */

import { messageOf } from "../util/errors.ts";
import type { Requests } from "../util/external-call.ts";
import { countIn, type Fields, fieldsOf, textIn } from "../util/fields.ts";
import type { Tokens } from "../util/token-count.ts";
import type { AgentTurn } from "./record-turns.ts";

/** A whole query as plain data. */
export interface StoredQuery {
  readonly messages: readonly unknown[];
  /** For each message, how many seconds after the beginning of the query it came. */
  readonly seconds: readonly number[];
  /** What replies used, by their ids: a message of the SDK holds the count of the reply's beginning. */
  readonly usages: Fields;
  /** What the SDK threw after its messages, as it does for some results. */
  readonly error?: string;
}

/** Results that say how the agent ended. Others say that it could not work. */
const outcomes = /^(success|error_max_\w+)$/;

/** Messages of a query, collected while it is under way. */
export class Transcript {
  readonly #messages: unknown[] = [];
  readonly #seconds: number[] = [];
  readonly #usages: Record<string, Fields> = {};
  readonly #began = performance.now();
  readonly #withParts: boolean;
  #result: Fields = {};
  #reply: string | undefined;

  /** @param withParts Whether the program asked for parts of messages, and gets them. */
  constructor(withParts: boolean) {
    this.#withParts = withParts;
  }

  /** Adds a message. Says whether the program gets it. */
  add(message: unknown): boolean {
    const fields = fieldsOf(message);
    const isPart = fields["type"] === "stream_event";
    if (isPart && isMain(fields)) this.#noteUsage(fieldsOf(fields["event"]));
    if (isPart && !this.#withParts) return false;
    if (fields["type"] === "result") this.#result = fields;
    this.#messages.push(message);
    this.#seconds.push((performance.now() - this.#began) / 1000);
    return true;
  }

  #noteUsage({ type, message, usage }: Fields): void {
    const { id, usage: first } = fieldsOf(message);
    if (type === "message_start") this.#reply = textIn(id);
    if (this.#reply === undefined) return;
    this.#usages[this.#reply] = { ...this.#usages[this.#reply], ...fieldsOf(first), ...withoutNulls(fieldsOf(usage)) };
  }

  /** The whole of it, once the result is there; undefined before. */
  get whole(): StoredQuery | undefined {
    const whole = { messages: this.#messages, seconds: this.#seconds, usages: this.#usages };
    return outcomes.test(textIn(this.#result["subtype"])) ? whole : undefined;
  }

  /** What the query used so far, as far as it says so. */
  get used(): Tokens | undefined {
    return tokensOf(this.#result);
  }

  /** Why the query could not work; undefined where it did. */
  get failure(): Error | undefined {
    const { api_error_status: status, subtype, is_error: isError, errors, result } = this.#result;
    if (subtype === undefined) return new Error("The query ended without a message of type result.");
    if (isError !== true || (this.whole !== undefined && typeof status !== "number")) return undefined;
    const reason = textIn(result) || (Array.isArray(errors) ? errors.join("\n") : "") || textIn(subtype);
    return Object.assign(new Error(reason), typeof status === "number" ? { status } : {});
  }
}

/** The whole query. @throws An error with the status of the API where the agent could not work. */
export async function storeQuery(
  query: AsyncIterable<unknown>,
  withParts: boolean,
  requests: Pick<Requests, "ended">,
): Promise<StoredQuery> {
  const transcript = new Transcript(withParts);
  let thrown: unknown;
  try {
    for await (const message of query) transcript.add(message);
  } catch (error) {
    thrown = error;
  }
  const { failure, whole, used } = transcript;
  if (whole === undefined || failure !== undefined) {
    // Turns before the failure are paid for.
    if (used !== undefined) requests.ended(used);
    throw failureOf(failure, thrown);
  }
  return thrown === undefined ? whole : { ...whole, error: messageOf(thrown) };
}

/** What the SDK threw names the reason where no result does, such as a program that is not installed. */
function failureOf(failure: Error | undefined, thrown: unknown): unknown {
  return failure === undefined || (thrown !== undefined && !("status" in failure)) ? (thrown ?? failure) : failure;
}

/** The messages of a query that was stored. */
export async function* restoreQuery({ messages, error }: StoredQuery): AsyncGenerator<unknown, void> {
  yield* messages;
  if (error !== undefined) throw new Error(error);
}

/** The same messages, which are given to `seen` once the result is there, or why there is none to `failed`. */
export async function* watchQuery(
  query: AsyncIterable<unknown>,
  transcript: Transcript,
  { seen, failed }: { readonly seen: (body: unknown) => void; readonly failed: (error: unknown) => void },
): AsyncGenerator<unknown, void> {
  let isSeen = false;
  try {
    for await (const message of query) {
      const isOwn = transcript.add(message);
      const { whole, failure } = transcript;
      if (whole !== undefined && failure === undefined && !isSeen) {
        isSeen = true;
        seen(bodyOfQuery(whole));
      }
      if (isOwn) yield message;
    }
  } catch (error) {
    if (!isSeen)
      failed(transcript.failure !== undefined && "status" in transcript.failure ? transcript.failure : error);
    throw error;
  }
}

/** A query as the reply to its prompt, with all that its models used. */
export function bodyOfQuery(stored: StoredQuery): Fields {
  const result = resultIn(stored);
  const used = tokensOf(result);
  return {
    id: result["session_id"],
    content: textIn(result["result"]),
    ...(used === undefined
      ? {}
      : { usage: { input_tokens: used.inputTokens, output_tokens: used.outputTokens, cost: used.usd } }),
    stored,
  };
}

/** The last message of type result. */
function resultIn({ messages }: StoredQuery): Fields {
  return fieldsOf(messages.findLast((message) => fieldsOf(message)["type"] === "result"));
}

/** What all models of a query used, those of agents below it included. */
function tokensOf(result: Fields): Tokens | undefined {
  const models = Object.values(fieldsOf(result["modelUsage"])).map(fieldsOf);
  const usd = countIn(result["total_cost_usd"]);
  if (result["modelUsage"] === undefined) return undefined;
  const sum = (...names: readonly string[]): number =>
    models.flatMap((model) => names.map((name) => countIn(model[name]) ?? 0)).reduce((a, b) => a + b, 0);
  return {
    inputTokens: sum("inputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"),
    outputTokens: sum("outputTokens"),
    ...(usd === undefined ? {} : { usd }),
  };
}

/**
 * The turns of the agent itself: each with the conversation before it, which begins with `opening`. What an agent below
 * it did is the result of the tool that started that one.
 */
export function turnsOf({ messages, seconds, usages }: StoredQuery, opening: Fields): readonly AgentTurn[] {
  const { previous_response_id: _, ...going } = opening;
  const conversation: unknown[] = [...(opening["messages"] as readonly unknown[])];
  const turns: AgentTurn[] = [];
  let last: { readonly id: unknown; readonly content: unknown[] } | undefined;
  let before = 0;
  for (const [index, fields] of messages.map(fieldsOf).entries()) {
    if (!isMain(fields) || (fields["type"] !== "assistant" && fields["type"] !== "user")) continue;
    const { id, content, model } = fieldsOf(fields["message"]);
    const at = seconds[index] ?? before;
    if (fields["type"] === "user") {
      conversation.push({ role: "user", content });
      last = undefined;
      before = at;
      continue;
    }
    // The SDK gives each block of a reply as a message of its own.
    const blocks = Array.isArray(content) ? content : [];
    if (last?.id === id) last?.content.push(...blocks);
    else {
      last = { id, content: [...blocks] };
      const usage = usages[textIn(id)];
      const request = { ...(turns.length === 0 ? opening : going), messages: [...conversation] };
      // A later query goes on from the session, not from a reply in it.
      const reply = { id: fields["session_id"], model, content: last.content, usage };
      turns.push({ request, reply, seconds: at - before });
      conversation.push({ role: "assistant", content: last.content });
    }
  }
  return turns;
}

/** Whether a message is of the agent that was asked, and of none below it. */
function isMain({ parent_tool_use_id: parent }: Fields): boolean {
  return parent === null || parent === undefined;
}

function withoutNulls(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
