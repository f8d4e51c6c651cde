/** OpenAI's Responses: the body of a request, and its streamed reply. */

import type { TracegradError } from "../util/errors.ts";
import { countIn, type Fields, fieldsOf, recordsIn, textIn } from "../util/fields.ts";
import type { Content, ModelReply, ModelRequest, StopReason } from "./llm.ts";
import { type BodySettings, messageOf, type OpenAiApi } from "./openai-api.ts";
import { badConfig, requireImageType } from "./provider-options.ts";
import { brokenStream, FaultInReply, ReplyReader, replyOfParts } from "./reply-reader.ts";
import { inForm, type ReplyForm, type ToolShape } from "./request-text.ts";

/** Responses. */
export const responses: OpenAiApi = {
  path: "/responses",
  bodyOf,
  newReader: (request, { maxTokens }) => new ResponseReader(request, maxTokens),
};

function bodyOf(request: ModelRequest, { model, maxTokens, dialect: { form } }: BodySettings): Fields {
  const { texts, shape } = inForm(request, form, (tool) => shapeOf(tool, form));
  const { system, messages, temperature } = texts;
  const most = request.maxTokens ?? maxTokens;
  return {
    model,
    input: messages.map((message) => messageOf(message, partOf)),
    stream: true,
    // OpenAI keeps replies for 30 days unless it is asked not to.
    store: false,
    ...(system !== undefined && { instructions: system }),
    ...(most !== undefined && { max_output_tokens: most }),
    ...(temperature !== undefined && { temperature }),
    ...shape,
  };
}

function shapeOf({ name, description, schema }: ToolShape, form: ReplyForm): Fields {
  // Not strict: a strict schema has to list every property as required, and most key words are refused.
  if (form === "json") return { text: { format: { type: "json_schema", name, schema, strict: false } } };
  return {
    tools: [{ type: "function", name, description, parameters: schema, strict: false }],
    tool_choice: { type: "function", name },
  };
}

function partOf(content: Content): Fields {
  if (content.type === "text") return { type: "input_text", text: content.text };
  const image_url = `data:${requireImageType(content, "The server")};base64,${content.data}`;
  return { type: "input_image", image_url, detail: "auto" };
}

const INCOMPLETE: ReadonlyMap<string, StopReason> = new Map([
  ["max_output_tokens", "length"],
  ["content_filter", "refusal"],
]);

class ResponseReader extends ReplyReader {
  readonly #request: ModelRequest;
  /** The items that are complete, by their index. */
  readonly #items = new Map<number, Fields>();
  #end: Fields | undefined;

  constructor(request: ModelRequest, maxTokens: number | undefined) {
    super("a Responses API", request.maxTokens ?? maxTokens);
    this.#request = request;
  }

  get isWhole(): boolean {
    return this.#end !== undefined;
  }

  protected take(event: Fields): boolean {
    const type = textIn(event["type"]);
    switch (type) {
      case "error":
        throw new FaultInReply({ message: event["message"], code: event["code"] });
      case "response.created":
        if (this.started) throw brokenStream("started a second reply.");
        this.started = true;
        return true;
      case "response.output_item.done":
        this.#items.set(Number(event["output_index"]), fieldsOf(event["item"]));
        return true;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        this.#finish(fieldsOf(event["response"]));
        return true;
      default:
        // A reply that was not streamed.
        if (event["object"] === "response") this.#finish(event);
        this.takeRoom(textIn(event["delta"]).length);
        return type.endsWith(".delta") || type.endsWith(".added");
    }
  }

  #finish(response: Fields): void {
    this.started = true;
    this.#count(fieldsOf(response["usage"]));
    const { status, error } = response;
    if (error) throw new FaultInReply(error);
    if (status === "queued" || status === "in_progress") throw unfinished();
    if (status !== "completed" && status !== "incomplete")
      throw brokenStream(`ended as ${textIn(status) || "nothing"}.`);
    this.#end = response;
  }

  #count(usage: Fields): void {
    this.announced.inputTokens = countIn(usage["input_tokens"]);
    this.announced.outputTokens = countIn(usage["output_tokens"]);
    this.announced.cachedInputTokens = countIn(fieldsOf(usage["input_tokens_details"])["cached_tokens"]);
    this.announced.reasoningTokens = countIn(fieldsOf(usage["output_tokens_details"])["reasoning_tokens"]);
  }

  get content(): Omit<ModelReply, "usage"> {
    const end = this.#end ?? {};
    const output = recordsIn(end["output"]);
    const items = output.length > 0 ? output : [...this.#items.values()];
    const parts = items.flatMap(({ type, content }) => (type === "message" ? recordsIn(content) : []));
    const textsOf = (kind: string, key: string): string =>
      parts.flatMap((part) => (part["type"] === kind ? [textIn(part[key])] : [])).join("\n");
    const calls = items
      .filter(({ type }) => type === "function_call")
      .map((item) => ({ name: textIn(item["name"]), json: textIn(item["arguments"]) }));
    const reason = textIn(fieldsOf(end["incomplete_details"])["reason"]);
    const complete = calls.length > 0 ? "tool" : "end";
    return replyOfParts(
      {
        text: textsOf("output_text", "text"),
        refusal: textsOf("refusal", "refusal"),
        calls,
        stopReason: end["status"] === "incomplete" ? (INCOMPLETE.get(reason) ?? "other") : complete,
        model: textIn(end["model"]),
      },
      this.#request,
    );
  }
}

/** To ask again would begin, and pay for, one more reply. */
function unfinished(): TracegradError {
  return badConfig(
    "The server makes the reply in the background, and gave none. Take `stream: false` or `background: true` out of " +
      "`body`: streamed replies come whole.",
  );
}
