/** OpenAI's Chat Completions, which most other servers speak too: the body of a request, and its streamed reply. */

import { countIn, type Fields, fieldsOf, recordsIn, textIn } from "../util/fields.ts";
import type { Content, ModelReply, ModelRequest, StopReason } from "./llm.ts";
import { type BodySettings, messageOf, type OpenAiApi } from "./openai-api.ts";
import { requireImageType } from "./provider-options.ts";
import { brokenStream, ReplyReader, replyOfParts } from "./reply-reader.ts";
import { inForm, type ReplyForm, type ToolShape } from "./request-text.ts";

/** Chat Completions. */
export const chatCompletions: OpenAiApi = {
  path: "/chat/completions",
  bodyOf,
  newReader: (request, settings) => new ChatReader(request, settings),
};

function bodyOf(request: ModelRequest, { model, maxTokens, dialect }: BodySettings): Fields {
  const { form, asksUsage, limitNames } = dialect;
  const { texts, shape } = inForm(request, form, (tool) => shapeOf(tool, form));
  const { system, messages, temperature } = texts;
  const most = request.maxTokens ?? maxTokens;
  return {
    model,
    messages: [
      ...(system === undefined ? [] : [{ role: "system", content: system }]),
      ...messages.map((message) => messageOf(message, partOf)),
    ],
    stream: true,
    ...(asksUsage && { stream_options: { include_usage: true } }),
    ...(most !== undefined && { [limitNames[0]]: most }),
    ...(temperature !== undefined && { temperature }),
    ...shape,
  };
}

function shapeOf({ name, description, schema }: ToolShape, form: ReplyForm): Fields {
  if (form === "json") {
    return { response_format: { type: "json_schema", json_schema: { name, schema, strict: false } } };
  }
  // Not the tool by its name: LM Studio and llama.cpp take only words here, and there is one tool.
  return {
    tools: [{ type: "function", function: { name, description, parameters: schema } }],
    tool_choice: "required",
  };
}

function partOf(content: Content): Fields {
  if (content.type === "text") return content;
  const url = `data:${requireImageType(content, "The server")};base64,${content.data}`;
  return { type: "image_url", image_url: { url } };
}

interface ChatCall {
  readonly id: string;
  name: string;
  json: string;
}

const STOP_REASONS: ReadonlyMap<string, StopReason> = new Map([
  ["stop", "end"],
  ["tool_calls", "tool"],
  ["function_call", "tool"],
  ["length", "length"],
  ["content_filter", "refusal"],
]);

class ChatReader extends ReplyReader {
  readonly #request: ModelRequest;
  readonly #awaitsUsage: boolean;
  /** By their index; in the order in which they began. */
  readonly #calls: ChatCall[] = [];
  readonly #byIndex = new Map<unknown, ChatCall>();
  #text = "";
  #refusal = "";
  #model = "";
  #finish = "";

  constructor(request: ModelRequest, { maxTokens, dialect }: BodySettings) {
    super("chat completions", request.maxTokens ?? maxTokens);
    this.#request = request;
    this.#awaitsUsage = dialect.asksUsage;
  }

  get isWhole(): boolean {
    return this.#finish !== "";
  }

  /** The usage comes behind the end of the reply. */
  override get isOver(): boolean {
    return this.isWhole && (!this.#awaitsUsage || this.announced.outputTokens !== undefined);
  }

  protected take(chunk: Fields): boolean {
    // Of several that `body` asks for, the first one is the reply.
    const choice = recordsIn(chunk["choices"]).find(({ index }) => (countIn(index) ?? 0) === 0);
    const hasUsage = this.#count(fieldsOf(chunk["usage"]));
    if (choice === undefined) return hasUsage;
    const isFirst = !this.started;
    this.started = true;
    this.#model ||= textIn(chunk["model"]);
    // What comes after the end of the reply is no part of it.
    if (this.isWhole) return hasUsage;
    // A reply that was not streamed has a message.
    const hasContent = this.#extend(fieldsOf(choice["delta"] ?? choice["message"]));
    this.#finish = textIn(choice["finish_reason"]);
    if (this.#finish === "error") throw brokenStream("ended with an error.");
    return isFirst || hasContent || this.isWhole;
  }

  #extend(delta: Fields): boolean {
    const [text, refusal] = [textIn(delta["content"]), textIn(delta["refusal"])];
    const thought = textIn(delta["reasoning_content"]) || textIn(delta["reasoning"]);
    const calls = recordsIn(delta["tool_calls"]);
    this.takeRoom(text.length + refusal.length + thought.length);
    this.#text += text;
    this.#refusal += refusal;
    for (const call of calls) this.#extendCall(call);
    return text !== "" || refusal !== "" || thought !== "" || calls.length > 0;
  }

  #extendCall({ index, id, function: given }: Fields): void {
    const { name, arguments: input } = fieldsOf(given);
    const known = this.#byIndex.get(index);
    // Some servers give all calls one index, or none.
    const isNew = known === undefined || (textIn(id) !== "" && id !== known.id);
    const call = isNew ? { id: textIn(id), name: "", json: "" } : known;
    if (isNew) {
      this.#calls.push(call);
      this.#byIndex.set(index, call);
    }
    // And some give the input of a call as an object.
    const json = typeof input === "object" && input !== null ? JSON.stringify(input) : textIn(input);
    this.takeRoom(json.length);
    call.name ||= textIn(name);
    call.json += json;
  }

  /** The counts are cumulative, so the latest ones replace those before. */
  #count(usage: Fields): boolean {
    const { announced } = this;
    const output = countIn(usage["completion_tokens"]);
    announced.inputTokens = countIn(usage["prompt_tokens"]) ?? announced.inputTokens;
    announced.outputTokens = output ?? announced.outputTokens;
    const cached = countIn(fieldsOf(usage["prompt_tokens_details"])["cached_tokens"]);
    const reasoning = countIn(fieldsOf(usage["completion_tokens_details"])["reasoning_tokens"]);
    announced.cachedInputTokens = cached ?? announced.cachedInputTokens;
    announced.reasoningTokens = reasoning ?? announced.reasoningTokens;
    return output !== undefined;
  }

  get content(): Omit<ModelReply, "usage"> {
    const stopReason = STOP_REASONS.get(this.#finish) ?? "other";
    const parts = { text: this.#text, refusal: this.#refusal, calls: this.#calls, stopReason, model: this.#model };
    return replyOfParts(parts, this.#request);
  }
}
