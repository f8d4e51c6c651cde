/** What the readers of all providers' streams share: the end of a reply, its bounds, its tokens and its parts. */

import { TracegradError } from "../util/errors.ts";
import { type Fields, fieldsOf, textIn } from "../util/fields.ts";
import { isRecord } from "../util/is-record.ts";
import { readJson } from "../util/loose-json.ts";
import type { ModelReply, ModelRequest, StopReason, Usage } from "./llm.ts";
import { replyInText } from "./request-text.ts";

/** Tokens that a reply has announced so far; undefined where it has not. */
export type Announced = { -readonly [K in Exclude<keyof Usage, "usd">]-?: number | undefined };

/** More characters than any token has, except rare ones: a reply longer than this for each token is endless. */
const CHARS_PER_TOKEN = 64;
/** What the parts of a reply count besides their text. */
const CHARS_PER_EVENT = 8;
/** Characters that every reply may have. */
const LEAST_ROOM = 100_000;
/** Where nobody has said how many tokens a reply may have. */
const MOST_TOKENS = 2 ** 17;

/**
 * A reply while it comes in. What it has announced of its tokens can be read at any time, so that a stream that breaks
 * is accounted for.
 */
export abstract class ReplyReader {
  readonly announced: Announced = {
    inputTokens: undefined,
    outputTokens: undefined,
    cachedInputTokens: undefined,
    reasoningTokens: undefined,
  };
  protected started = false;
  readonly #api: string;
  #room: number;

  /**
   * @param api What the stream comes from, for messages, such as "a Messages API".
   * @param maxTokens The most tokens that the reply may have, where it is known.
   */
  constructor(api: string, maxTokens: number | undefined) {
    this.#api = api;
    this.#room = LEAST_ROOM + (maxTokens ?? MOST_TOKENS) * CHARS_PER_TOKEN;
  }

  /** Whether the reply has begun, so that it is paid for. */
  get hasStarted(): boolean {
    return this.started;
  }
  /** Whether all of the reply is there. */
  abstract get isWhole(): boolean;
  /** Whether nothing more can come. By default: once the reply is whole. */
  get isOver(): boolean {
    return this.isWhole;
  }
  /** What the reply says, once it is whole; its usage is left to who counts the requests. */
  abstract get content(): Omit<ModelReply, "usage">;
  /** Takes one event. False for events that say nothing about the reply. */
  protected abstract take(event: Fields): boolean;

  /**
   * Takes events up to the end of the reply. What comes after that is not waited for: the reply is whole.
   *
   * @param onContent Called at every event that carries content or progress; pings and unknown events do not count.
   * @throws TracegradError `"model-stream"` when the reply did not start, was cut, or breaks the rules of the stream;
   *   `"model-endless"` when it is longer than any reply of so many tokens.
   */
  async read(events: AsyncIterable<unknown>, onContent: () => void): Promise<void> {
    for await (const event of events) {
      if (isRecord(event)) {
        const { error } = event;
        if (error) throw error instanceof Error ? error : new FaultInReply(error);
        if (this.take(event)) onContent();
      }
      if (this.isOver) break;
    }
    if (!this.hasStarted) throw brokenStream(`held no message. Is baseURL that of ${this.#api}?`);
    if (this.isWhole) return;
    throw brokenStream(this.isOver ? "ended without a stop reason." : "was cut before its end.");
  }

  /** Counts what an event brings. */
  protected takeRoom(chars: number): void {
    this.#room -= chars + CHARS_PER_EVENT;
    if (this.#room >= 0) return;
    const text = "The reply is longer than any of the tokens that were asked for can be: the server does not end it.";
    throw new TracegradError("model-endless", text);
  }
}

/** What came in one reply. */
export interface ReplyParts {
  readonly text: string;
  readonly refusal?: string;
  /** Its tool calls, with their inputs as JSON; an empty text is an input without fields. */
  readonly calls: readonly { readonly name: string; readonly json: string }[];
  readonly stopReason: StopReason;
  readonly model: string;
}

/** The reply to a request. A model that was to call a tool may have answered in text all the same. */
export function replyOfParts(parts: ReplyParts, request: ModelRequest): Omit<ModelReply, "usage"> {
  const { text, refusal, calls, model } = parts;
  if (refusal) return { text: [text, refusal].filter(Boolean).join("\n"), stopReason: "refusal", model };
  const isUsable = parts.stopReason === "end" || parts.stopReason === "tool";
  const [call] = calls;
  // Of two calls neither is the answer, and a call that was cut short is none even when its JSON happens to parse.
  const isAnswer = isUsable && calls.length === 1 && call?.name === request.tool?.name;
  const called = isAnswer ? inputIn(call?.json || "{}") : undefined;
  const inText = isUsable && calls.length === 0 ? replyInText(text, request).toolInput : undefined;
  const input = called ?? inText;
  // An unusable input stays readable as text: it was paid for, and shows what went wrong.
  const texts = [text, ...(called === undefined ? calls.map(({ json }) => json) : [])];
  return {
    text: texts.filter(Boolean).join("\n"),
    ...(input !== undefined && { toolInput: input }),
    stopReason: input === undefined ? parts.stopReason : "tool",
    model,
  };
}

/** The input of a tool call that came as JSON; undefined when it is no JSON, or names one key twice. */
function inputIn(json: string): unknown {
  const read = readJson(json);
  return "problem" in read ? undefined : read.value;
}

/** An error that a server sends instead of a reply, or in the middle of one, although it had taken the request. */
export class FaultInReply extends Error {
  readonly error: unknown;
  readonly type: unknown;
  readonly code: unknown;

  constructor(error: unknown) {
    const { message, type, code } = fieldsOf(error);
    super(textIn(message) || (typeof error === "string" ? error : JSON.stringify(error)));
    this.name = "FaultInReply";
    this.error = error;
    this.type = type;
    this.code = code;
  }
}

/** A stream that does not follow its rules, or ends too early. */
export function brokenStream(how: string): TracegradError {
  return new TracegradError("model-stream", `The reply stream ${how}`);
}
