/** Reads the event stream of Anthropic's Messages API into one reply, and refuses a stream that is not whole. */

import { countIn, type Fields, fieldsOf, recordsIn, textIn } from "../util/fields.ts";
import type { ModelReply, ModelRequest, StopReason } from "./llm.ts";
import { brokenStream, ReplyReader, replyOfParts } from "./reply-reader.ts";

interface Block {
  readonly type: string;
  readonly name: string;
  text: string;
  /** The input of a tool call. */
  json: string;
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

/** A message of Claude while it comes in. */
export class MessageReader extends ReplyReader {
  readonly #request: ModelRequest;
  /** In the order in which they began. */
  readonly #blocks: Block[] = [];
  readonly #byIndex = new Map<number, Block>();
  #stopped = false;
  #model = "";
  #stopReason = "";

  constructor(request: ModelRequest, maxTokens: number) {
    super("a Messages API", request.maxTokens ?? maxTokens);
    this.#request = request;
  }

  /** Its stop reason is there, and the end of each of its parts. */
  get isWhole(): boolean {
    if (!this.started || !this.#stopReason) return false;
    return this.#stopped || this.#blocks.every(({ ended }) => ended);
  }

  override get isOver(): boolean {
    return this.#stopped;
  }

  protected take(event: Fields): boolean {
    switch (event["type"]) {
      case "message_start":
        this.#start(fieldsOf(event["message"]));
        return true;
      case "content_block_start":
        this.#open(Number(event["index"]), fieldsOf(event["content_block"]));
        return true;
      case "content_block_delta":
        this.#extend(this.#byIndex.get(Number(event["index"])), fieldsOf(event["delta"]));
        return true;
      case "content_block_stop":
        this.#end(Number(event["index"]));
        return true;
      case "message_delta":
        this.#stopReason = textIn(fieldsOf(event["delta"])["stop_reason"]) || this.#stopReason;
        this.#count(fieldsOf(event["usage"]));
        return true;
      case "message_stop":
        this.#stopped = true;
        return true;
      case "message":
        this.#takeWhole(event);
        return true;
      default:
        return false;
    }
  }

  /** A message that was not streamed. */
  #takeWhole(message: Fields): void {
    this.#start(message);
    for (const [index, block] of recordsIn(message["content"]).entries()) this.#open(index, block);
    this.#stopReason = textIn(message["stop_reason"]);
    this.#stopped = true;
  }

  #start(message: Fields): void {
    const { inputTokens = 0, outputTokens = 0 } = this.announced;
    const isSecond = this.started;
    this.started = true;
    this.#count(fieldsOf(message["usage"]));
    if (!isSecond) {
      this.#model = textIn(message["model"]);
      return;
    }
    // Both are paid for.
    this.announced.inputTokens = inputTokens + (this.announced.inputTokens ?? 0);
    this.announced.outputTokens = outputTokens + (this.announced.outputTokens ?? 0);
    throw brokenStream("started a second message.");
  }

  #open(index: number, content: Fields): void {
    // A server that counts badly gives two parts one index: neither is dropped.
    this.#end(index);
    const block = blockOf(content);
    this.#blocks.push(block);
    this.#byIndex.set(index, block);
    this.takeRoom(block.text.length);
  }

  #end(index: number): void {
    const block = this.#byIndex.get(index);
    if (block) block.ended = true;
  }

  #extend(block: Block | undefined, delta: Fields): void {
    if (!block) throw brokenStream("extends a content block that never started.");
    const text = delta["type"] === "text_delta" ? textIn(delta["text"]) : "";
    const json = delta["type"] === "input_json_delta" ? textIn(delta["partial_json"]) : "";
    // What it thinks is no part of the text.
    this.takeRoom(text.length + json.length + textIn(delta["thinking"]).length);
    block.text += text;
    block.json += json;
  }

  /** The counts of one message are cumulative, so the latest one replaces the one before. */
  #count(usage: Fields): void {
    const input = countIn(usage["input_tokens"]);
    if (input !== undefined) {
      // The API counts the tokens of its cache apart; for us they are input like any other.
      const read = countIn(usage["cache_read_input_tokens"]);
      this.announced.cachedInputTokens = read;
      this.announced.inputTokens = input + (read ?? 0) + (countIn(usage["cache_creation_input_tokens"]) ?? 0);
    }
    this.announced.outputTokens = countIn(usage["output_tokens"]) ?? this.announced.outputTokens;
    const thought = countIn(fieldsOf(usage["output_tokens_details"])["thinking_tokens"]);
    this.announced.reasoningTokens = thought ?? this.announced.reasoningTokens;
  }

  get content(): Omit<ModelReply, "usage"> {
    const parts = {
      text: this.#blocks.flatMap(({ text }) => text || []).join("\n"),
      calls: this.#blocks.filter(({ type }) => type === "tool_use"),
      stopReason: STOP_REASONS.get(this.#stopReason) ?? "other",
      model: this.#model,
    };
    return replyOfParts(parts, this.#request);
  }
}

function blockOf({ type, name, text, input }: Fields): Block {
  // In a stream the input is empty here, and comes in pieces.
  const json = Object.keys(fieldsOf(input)).length > 0 ? JSON.stringify(input) : "";
  return { type: textIn(type), name: textIn(name), text: textIn(text), json, ended: false };
}
