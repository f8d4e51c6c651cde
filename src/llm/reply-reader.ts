/** What the readers of all providers' streams share: the end of a reply, its bounds, and the tokens that it announces. */

import { TracegradError } from "../util/errors.ts";
import { isRecord } from "../util/is-record.ts";
import { readJson } from "../util/loose-json.ts";
import type { ModelReply, Usage } from "./llm.ts";

/** Data that came over the wire: nothing of it is what the types of an SDK promise. */
export type WireFields = Readonly<Record<string, unknown>>;

/** Tokens that a reply has announced so far; undefined where it has not. */
export type Announced = { -readonly [K in keyof Usage]-?: number | undefined };

/** More characters than any token has, but for rare ones: a reply longer than this for each of its tokens is endless. */
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
  abstract get hasStarted(): boolean;
  /** Whether all of the reply is there. */
  abstract get isWhole(): boolean;
  /** Whether nothing more can come. */
  abstract get isOver(): boolean;
  /** What the reply says, once it is whole; its usage is left to who counts the requests. */
  abstract get content(): Omit<ModelReply, "usage">;
  /** Takes one event. False for events that say nothing about the reply. */
  protected abstract take(event: WireFields): boolean;

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

/** The input of a tool call that came as JSON; undefined when it is no JSON, or names one key twice. */
export function toolInputIn(json: string): unknown {
  const read = readJson(json);
  return "problem" in read ? undefined : read.value;
}

/** `value` where it is a record, else an empty one. */
export function fieldsOf(value: unknown): WireFields {
  return isRecord(value) ? value : {};
}

/** `value` where it is a text, else an empty one. */
export function textIn(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** `value` where it is a count of tokens. */
export function countIn(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** The records of a list; none where it is no list. */
export function recordsIn(value: unknown): readonly WireFields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
