/** Reads the event stream of Anthropic's Messages API into one reply, and refuses a stream that is not whole. */

import type { ModelReply, ReplyTool, StopReason } from "./llm.ts";
import {
  brokenStream,
  countIn,
  fieldsOf,
  ReplyReader,
  recordsIn,
  textIn,
  toolInputIn,
  type WireFields,
} from "./reply-reader.ts";

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

/** A message of Claude while it comes in. */
export class MessageReader extends ReplyReader {
  readonly #tool: ReplyTool | undefined;
  /** In the order in which they began. */
  readonly #blocks: Block[] = [];
  readonly #byIndex = new Map<number, Block>();
  #started = false;
  #stopped = false;
  #model = "";
  #stopReason = "";

  constructor(tool: ReplyTool | undefined, maxTokens: number) {
    super("a Messages API", maxTokens);
    this.#tool = tool;
  }

  get hasStarted(): boolean {
    return this.#started;
  }

  /** Its stop reason is there, and the end of each of its parts. */
  get isWhole(): boolean {
    if (!this.#started || !this.#stopReason) return false;
    return this.#stopped || this.#blocks.every(({ ended }) => ended);
  }

  get isOver(): boolean {
    return this.#stopped;
  }

  protected take(event: WireFields): boolean {
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
  #takeWhole(message: WireFields): void {
    this.#start(message);
    for (const [index, block] of recordsIn(message["content"]).entries()) this.#open(index, block);
    this.#stopReason = textIn(message["stop_reason"]);
    this.#stopped = true;
  }

  #start(message: WireFields): void {
    const { inputTokens = 0, outputTokens = 0 } = this.announced;
    const isSecond = this.#started;
    this.#started = true;
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

  #open(index: number, content: WireFields): void {
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

  #extend(block: Block | undefined, delta: WireFields): void {
    if (!block) throw brokenStream("extends a content block that never started.");
    const text = delta["type"] === "text_delta" ? textIn(delta["text"]) : "";
    const json = delta["type"] === "input_json_delta" ? textIn(delta["partial_json"]) : "";
    this.takeRoom(text.length + json.length);
    block.text += text;
    block.partialJson += json;
  }

  /** The counts of one message are cumulative, so the latest one replaces the one before. */
  #count(usage: WireFields): void {
    const input = countIn(usage["input_tokens"]);
    if (input !== undefined) {
      // The API counts the tokens of its cache apart; for us they are input like any other.
      const read = countIn(usage["cache_read_input_tokens"]);
      this.announced.cachedInputTokens = read;
      this.announced.inputTokens = input + (read ?? 0) + (countIn(usage["cache_creation_input_tokens"]) ?? 0);
    }
    this.announced.outputTokens = countIn(usage["output_tokens"]) ?? this.announced.outputTokens;
  }

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

function blockOf(block: WireFields): Block {
  const { type, name, input, text } = block;
  return { type: textIn(type), name: textIn(name), input, text: textIn(text), partialJson: "", ended: false };
}

function inputOf(call: Block): unknown {
  return call.partialJson ? toolInputIn(call.partialJson) : call.input;
}
