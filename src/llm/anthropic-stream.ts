/** Reads the event stream of Anthropic's Messages API into one reply, and refuses a stream that is not whole. */

import { TracegradError } from "../util/errors.ts";
import type { ModelReply, ReplyTool, StopReason } from "./llm.ts";

/** Tokens counted so far. Written while the stream is read, so that a stream that breaks is still accounted for. */
export interface Meter {
  inputTokens: number;
  outputTokens: number;
}

/** What reading a stream needs besides its events. */
export interface StreamReading {
  readonly tool: ReplyTool | undefined;
  readonly meter: Meter;
  /** Called at every event that carries content or progress; pings and unknown events do not count. */
  readonly onContent: () => void;
}

type Json = Readonly<Record<string, unknown>>;

interface Block {
  readonly type: string;
  readonly name: string;
  readonly input: unknown;
  text: string;
  partialJson: string;
}

interface Draft {
  readonly blocks: Map<number, Block>;
  started: boolean;
  model: string;
  stopReason: string;
  stopped: boolean;
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
 * Reads `events` to the end. The events are taken as unknown data: what comes over the wire is not what the types
 * promise.
 *
 * @throws TracegradError `"model-stream"` when the message did not start, was cut, or has no stop reason.
 */
export async function readReply(events: AsyncIterable<unknown>, reading: StreamReading): Promise<ModelReply> {
  const draft: Draft = { blocks: new Map(), started: false, model: "", stopReason: "", stopped: false };
  for await (const event of events) {
    if (isRecord(event) && take(draft, event, reading.meter)) reading.onContent();
  }
  if (!draft.started) throw broken("held no message. Is baseURL that of a Messages API?");
  if (!draft.stopped) throw broken("was cut before its end.");
  if (!draft.stopReason) throw broken("ended without a stop reason.");
  return replyOf(draft, reading);
}

/** Takes one event into the draft. False for events that say nothing about the message. */
function take(draft: Draft, event: Json, meter: Meter): boolean {
  switch (event["type"]) {
    case "message_start": {
      const message = record(event["message"]);
      draft.started = true;
      draft.model = string(message["model"]);
      count(meter, record(message["usage"]));
      return true;
    }
    case "content_block_start":
      draft.blocks.set(Number(event["index"]), blockOf(record(event["content_block"])));
      return true;
    case "content_block_delta":
      extend(draft.blocks.get(Number(event["index"])), record(event["delta"]));
      return true;
    case "content_block_stop":
      return true;
    case "message_delta":
      draft.stopReason = string(record(event["delta"])["stop_reason"]) || draft.stopReason;
      count(meter, record(event["usage"]));
      return true;
    case "message_stop":
      draft.stopped = true;
      return true;
    default:
      return false;
  }
}

function blockOf(block: Json): Block {
  const { type, name, input, text } = block;
  return { type: string(type), name: string(name), input, text: string(text), partialJson: "" };
}

function extend(block: Block | undefined, delta: Json): void {
  if (!block) throw broken("extends a content block that never started.");
  if (delta["type"] === "text_delta") block.text += string(delta["text"]);
  if (delta["type"] === "input_json_delta") block.partialJson += string(delta["partial_json"]);
}

/** The counts of one message are cumulative, so the latest one replaces the one before. */
function count(meter: Meter, usage: Json): void {
  const input = number(usage["input_tokens"]);
  if (input !== undefined) {
    // Cached tokens are counted apart by the API; for us they are input like any other.
    const cached = ["cache_creation_input_tokens", "cache_read_input_tokens"].map((key) => number(usage[key]) ?? 0);
    meter.inputTokens = cached.reduce((sum, tokens) => sum + tokens, input);
  }
  meter.outputTokens = number(usage["output_tokens"]) ?? meter.outputTokens;
}

function replyOf(draft: Draft, { tool, meter }: StreamReading): ModelReply {
  const blocks = [...draft.blocks.values()];
  const stopReason = STOP_REASONS.get(draft.stopReason) ?? "other";
  const calls = blocks.filter((block) => block.type === "tool_use" && block.name === tool?.name);
  const [call] = calls;
  // Of two calls neither is the answer, and a call that was cut short is none even when its JSON happens to parse.
  const input = call && calls.length === 1 && stopReason !== "length" ? inputOf(call) : undefined;
  // An input that cannot be used stays readable as text: it was paid for, and tells what went wrong.
  const shown = blocks.map((block) => block.text || (input === undefined ? block.partialJson : ""));
  return {
    text: shown.filter(Boolean).join("\n"),
    ...(input !== undefined && { toolInput: input }),
    stopReason,
    usage: { ...meter },
    model: draft.model,
  };
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

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

function record(value: unknown): Json {
  return isRecord(value) ? value : {};
}

function string(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
