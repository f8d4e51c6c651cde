/** Reads the event stream of Anthropic's Messages API into one reply, and refuses a stream that is not whole. */

import { TracegradError } from "../util/errors.ts";
import { isRecord } from "../util/is-record.ts";
import type { ModelReply, ReplyTool, StopReason } from "./llm.ts";

/** Tokens that a message has announced so far; undefined where it has not. */
export interface Announced {
  inputTokens: number | undefined;
  outputTokens: number | undefined;
}

/** The bounds of a reply. */
export interface ReplyLimits {
  /** The most tokens that were asked for. */
  readonly maxTokens: number;
}

/**
 * More characters than any token has, but for rare ones: a reply longer than this for each of its tokens is endless.
 */
const CHARS_PER_TOKEN = 64;
/** What the parts of a reply count besides their text. */
const CHARS_PER_EVENT = 8;
/** Characters that every reply may have. */
const LEAST_ROOM = 100_000;

type StreamFields = Readonly<Record<string, unknown>>;

interface Block {
  readonly type: string;
  readonly name: string;
  readonly input: unknown;
  text: string;
  partialJson: string;
  ended: boolean;
}

const STOP_REASONS: ReadonlyMap<string, StopReason> = new Map([
  ["end_turn", "end"],
  ["stop_sequence", "end"],
  ["tool_use", "tool"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["refusal", "refusal"],
]);

/**
 * A reply while it comes in. It takes the events as unknown data: what comes over the wire is not what the types
 * promise. What the message has announced of its tokens can be read at any time, so that a stream that breaks is
 * accounted for.
 */
export class IncomingReply {
  readonly announced: Announced = { inputTokens: undefined, outputTokens: undefined };
  readonly #tool: ReplyTool | undefined;
  /** In the order in which they began. */
  readonly #blocks: Block[] = [];
  readonly #byIndex = new Map<number, Block>();
  #room: number;
  #started = false;
  #stopped = false;
  #model = "";
  #stopReason = "";

  constructor(tool: ReplyTool | undefined, { maxTokens }: ReplyLimits) {
    this.#tool = tool;
    this.#room = LEAST_ROOM + maxTokens * CHARS_PER_TOKEN;
  }

  /** Whether the message has begun, so that it is paid for. */
  get hasStarted(): boolean {
    return this.#started;
  }

  /** Whether all of the message is there: its stop reason, and the end of each of its parts. */
  get isWhole(): boolean {
    if (!this.#started || !this.#stopReason) return false;
    return this.#stopped || this.#blocks.every(({ ended }) => ended);
  }

  /**
   * Takes events up to the end of the message. What comes after that is not waited for: the reply is whole.
   *
   * @param onContent Called at every event that carries content or progress; pings and unknown events do not count.
   * @throws TracegradError `"model-stream"` when the message did not start, was cut, or breaks the rules of the stream;
   *   `"model-endless"` when it is longer than any reply of so many tokens.
   */
  async read(events: AsyncIterable<unknown>, onContent: () => void): Promise<void> {
    for await (const event of events) {
      if (isRecord(event) && this.#take(event)) onContent();
      if (this.#stopped) break;
    }
    if (!this.#started) throw broken("held no message. Is baseURL that of a Messages API?");
    if (this.isWhole) return;
    throw broken(this.#stopped ? "ended without a stop reason." : "was cut before its end.");
  }

  /** Takes one event. False for events that say nothing about the message. */
  #take(event: StreamFields): boolean {
    switch (event["type"]) {
      case "message_start":
        this.#start(record(event["message"]));
        return true;
      case "content_block_start":
        this.#open(Number(event["index"]), record(event["content_block"]));
        return true;
      case "content_block_delta":
        this.#extend(this.#byIndex.get(Number(event["index"])), record(event["delta"]));
        return true;
      case "content_block_stop":
        this.#end(Number(event["index"]));
        return true;
      case "message_delta":
        this.#stopReason = string(record(event["delta"])["stop_reason"]) || this.#stopReason;
        this.#count(record(event["usage"]));
        return true;
      case "message_stop":
        this.#stopped = true;
        return true;
      default:
        return false;
    }
  }

  #start(message: StreamFields): void {
    const { inputTokens = 0, outputTokens = 0 } = this.announced;
    const isSecond = this.#started;
    this.#started = true;
    this.#count(record(message["usage"]));
    if (!isSecond) {
      this.#model = string(message["model"]);
      return;
    }
    // Both are paid for.
    this.announced.inputTokens = inputTokens + (this.announced.inputTokens ?? 0);
    this.announced.outputTokens = outputTokens + (this.announced.outputTokens ?? 0);
    throw broken("started a second message.");
  }

  #open(index: number, content: StreamFields): void {
    // A server that counts badly gives two parts one index: neither is dropped.
    this.#end(index);
    const block = blockOf(content);
    this.#blocks.push(block);
    this.#byIndex.set(index, block);
    this.#takeRoom(block.text.length);
  }

  #end(index: number): void {
    const block = this.#byIndex.get(index);
    if (block) block.ended = true;
  }

  #extend(block: Block | undefined, delta: StreamFields): void {
    if (!block) throw broken("extends a content block that never started.");
    const text = delta["type"] === "text_delta" ? string(delta["text"]) : "";
    const json = delta["type"] === "input_json_delta" ? string(delta["partial_json"]) : "";
    this.#takeRoom(text.length + json.length);
    block.text += text;
    block.partialJson += json;
  }

  #takeRoom(chars: number): void {
    this.#room -= chars + CHARS_PER_EVENT;
    if (this.#room >= 0) return;
    const text = "The reply is longer than any of the tokens that were asked for can be: the server does not end it.";
    throw new TracegradError("model-endless", text);
  }

  /** The counts of one message are cumulative, so the latest one replaces the one before. */
  #count(usage: StreamFields): void {
    const input = number(usage["input_tokens"]);
    if (input !== undefined) {
      // Cached tokens are counted apart by the API; for us they are input like any other.
      const cached = ["cache_creation_input_tokens", "cache_read_input_tokens"].map((key) => number(usage[key]) ?? 0);
      this.announced.inputTokens = cached.reduce((sum, tokens) => sum + tokens, input);
    }
    this.announced.outputTokens = number(usage["output_tokens"]) ?? this.announced.outputTokens;
  }

  /** What the reply says, once it is whole; its usage is left to who counts the requests. */
  get content(): Omit<ModelReply, "usage"> {
    const blocks = this.#blocks;
    const stopReason = STOP_REASONS.get(this.#stopReason) ?? "other";
    const calls = blocks.filter((block) => block.type === "tool_use" && block.name === this.#tool?.name);
    const [call] = calls;
    // Of two calls neither is the answer, and a call that was cut short is none even when its JSON happens to parse.
    const input = call && calls.length === 1 && stopReason !== "length" ? inputOf(call) : undefined;
    // An unusable input stays readable as text: it was paid for, and shows what went wrong.
    const texts = blocks.map((block) => block.text || (input === undefined ? block.partialJson : ""));
    return {
      text: texts.filter(Boolean).join("\n"),
      ...(input !== undefined && { toolInput: input }),
      stopReason,
      model: this.#model,
    };
  }
}

function blockOf(block: StreamFields): Block {
  const { type, name, input, text } = block;
  return { type: string(type), name: string(name), input, text: string(text), partialJson: "", ended: false };
}

function inputOf(call: Block): unknown {
  if (!call.partialJson) return call.input;
  try {
    return JSON.parse(call.partialJson);
  } catch {
    return undefined;
  }
}

function broken(how: string): TracegradError {
  return new TracegradError("model-stream", `The reply stream ${how}`);
}

function record(value: unknown): StreamFields {
  return isRecord(value) ? value : {};
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
