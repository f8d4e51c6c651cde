/** Reads requests to language models as conversations, whatever their API: by the names that their fields have. */

import { createHash } from "node:crypto";
import { maxDepth } from "../util/decode.ts";
import { encode, type Json } from "../util/encode.ts";
import { type Fields, fieldsOf } from "../util/fields.ts";
import { isRecord } from "../util/is-record.ts";
import { stableStringify } from "../util/json.ts";
import { isContainer } from "../util/tree.ts";

/** What comes before the messages of a request: the system prompt, and what the tools do. */
export interface Preamble {
  readonly preamble: Readonly<Record<string, Json>>;
  /** The same for the same preamble. */
  readonly preambleKey: string;
}

/** One message of a conversation. */
export interface ConversationMessage {
  readonly role: string;
  /** Whether a model has written it. */
  readonly isAnswer: boolean;
  /** Its texts; other parts by their type. */
  readonly text: string;
  /** What tools gave. */
  readonly results: readonly ToolResult[];
  /** The tool calls in it. */
  readonly calls: readonly ToolCall[];
}

/** What a tool gave. */
export interface ToolResult {
  /** The id of the call. */
  readonly id: string;
  /** The call itself, where the conversation holds it. */
  readonly call?: ToolCall | undefined;
  readonly value: unknown;
  readonly failed: boolean;
}

/** The items of an array; none of anything else. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Where the messages of a request are. */
const messageFields = ["messages", "input", "prompt"] as const;

/** The name of the field with the messages of a request; undefined for what is no request to a language model. */
export function messageFieldOf(body: unknown): (typeof messageFields)[number] | undefined {
  const fields = fieldsOf(body);
  return messageFields.find((name) => Array.isArray(fields[name]) || typeof fields[name] === "string");
}

/** The messages of a request, as they stand in it. */
export function messagesIn(body: unknown): readonly unknown[] {
  const name = messageFieldOf(body);
  if (name === undefined) return textsOf(fieldsOf(body));
  const given = fieldsOf(body)[name];
  return typeof given === "string" ? [{ role: "user", content: given }] : itemsOf(given);
}

/** The texts of a request for embeddings, or for an order of documents, as messages. */
function textsOf({ values, query, documents }: Fields): readonly unknown[] {
  const asMessage = (role: string) => (text: unknown) => ({
    role,
    content: typeof text === "string" ? text : JSON.stringify(encode(text)),
  });
  if (Array.isArray(values)) return values.map(asMessage("text"));
  if (typeof query !== "string") return [];
  return [asMessage("query")(query), ...itemsOf(fieldsOf(documents)["values"]).map(asMessage("document"))];
}

/** What comes before the messages in a request to Anthropic's Messages, OpenAI's APIs, or a model of the AI SDK. */
export function readPreamble(body: unknown): Preamble {
  const fields = fieldsOf(body);
  const system = fields["system"] ?? fields["instructions"];
  const tools = Object.fromEntries(itemsOf(fields["tools"]).flatMap(toolDescription));
  const preamble = {
    ...(system === undefined ? {} : { system: textOf(system) }),
    ...(Object.keys(tools).length === 0 ? {} : { tools }),
  };
  return { preamble, preambleKey: digestOf(JSON.stringify(preamble)) };
}

/** The id of the reply that the API itself puts before the messages of a request. */
export function previousOf(body: unknown): string | undefined {
  return idOf(fieldsOf(body)["previous_response_id"]);
}

function toolDescription(tool: unknown): readonly (readonly [string, string])[] {
  const own = fieldsOf(tool);
  const { name, description } = { ...fieldsOf(own["function"]), ...own };
  return typeof name === "string" ? [[name, typeof description === "string" ? description : ""]] : [];
}

/** Items of a conversation that a model has written, and that bear no role: thoughts, and calls of tools of any kind. */
const answerTypes = /^(reasoning|\w+_call|mcp_list_tools|mcp_approval_request|item_reference)$/;

/** Whether a message is of a model, or an example of what a model says. */
export function isAnswer(message: unknown): boolean {
  const { role, type } = fieldsOf(message);
  return role === "assistant" || role === "model" || (typeof type === "string" && answerTypes.test(type));
}

/** A short text that is the same for the same text, and for no other. */
export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

/** The same for the same message, whatever marks for caching it bears. */
export function digestOfMessage(message: unknown): string {
  const bare = withoutMarks(message);
  const { content, ...rest } = fieldsOf(bare);
  const text = loneText(content);
  return digestOf(JSON.stringify(encode(text === undefined ? bare : { ...rest, content: text })));
}

/** The text of a content that is one part with nothing else: a text has to become one before it can bear a mark. */
function loneText(content: unknown): string | undefined {
  if (typeof content === "string") return content;
  const [part, ...others] = itemsOf(content);
  const { type, text, ...rest } = fieldsOf(part);
  const isLone = type === "text" && others.length === 0 && Object.keys(rest).length === 0;
  return isLone && typeof text === "string" ? text : undefined;
}

/** What a message says, whatever the API. */
export function readMessage(message: unknown): ConversationMessage {
  const fields = fieldsOf(message);
  const { role, content } = fields;
  const parts = Array.isArray(content) ? [fields, ...content] : [fields];
  return {
    role: typeof role === "string" ? role : isAnswer(message) ? "assistant" : "tool",
    isAnswer: isAnswer(message),
    text: textOf(content),
    results: parts.flatMap(resultIn),
    calls: readToolCalls(message),
  };
}

/** Whether a field is a mark that is moved from message to message, so that what was sent before is cached. */
export function isMark(key: string): boolean {
  return key === "cache_control" || key === "providerOptions" || key === "cachePoint";
}

/** Marks stand near the top of a message; what models nest deeper than `encode` looks stays as it is. */
function withoutMarks(value: unknown, depth = 0): unknown {
  if (depth > maxDepth) return value;
  if (Array.isArray(value)) return value.map((item) => withoutMarks(item, depth + 1));
  if (!isRecord(value)) return value;
  const fields: Fields = value;
  if (!isContainer(value)) {
    // Of what has no form of its own as JSON, such as a URL, `encode` would only keep a preview.
    if (fieldsOf(encode(value))["$type"] !== "opaque") return value;
    if (typeof fields["toJSON"] === "function") return withoutMarks(fields["toJSON"](), depth + 1);
  }
  const own = Object.entries(fields).filter(([key, item]) => !isMark(key) && item !== undefined);
  return Object.fromEntries(own.map(([key, item]) => [key, withoutMarks(item, depth + 1)]));
}

/** The text of a message's content, of its parts, or of a system prompt. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return itemsOf(content)
    .map((part) => {
      const { text, type } = fieldsOf(part);
      if (typeof part === "string") return part;
      if (typeof text === "string") return type === "reasoning" ? "" : text;
      return isVisible(type) ? `[${type}]` : "";
    })
    .filter((text) => text !== "")
    .join("\n");
}

const unseen = /tool|thinking|reasoning|function/;

/** Whether a part is something to see that is no text, such as a picture. */
function isVisible(type: unknown): type is string {
  return typeof type === "string" && !unseen.test(type);
}

function resultIn(part: unknown): readonly ToolResult[] {
  const { type, role, ...fields } = fieldsOf(part);
  if (type === "tool_result") {
    const value = typeof fields["content"] === "string" ? fields["content"] : textOf(fields["content"]);
    return resultOf(fields["tool_use_id"], value, fields["is_error"] === true);
  }
  if (type === "function_call_output") return resultOf(fields["call_id"], fields["output"], false);
  if (type === "tool-result") {
    const { type: kind, value } = fieldsOf(fields["output"]);
    return resultOf(fields["toolCallId"], value, String(kind).startsWith("error"));
  }
  return role === "tool" && idOf(fields["tool_call_id"]) !== undefined
    ? resultOf(fields["tool_call_id"], textOf(fields["content"]), false)
    : [];
}

function resultOf(id: unknown, value: unknown, failed: boolean): readonly ToolResult[] {
  return typeof id === "string" ? [{ id, value, failed }] : [];
}

/** A model's wish to have a tool called. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** The tool calls in a message, an item or the parts of its content. */
export function readToolCalls(message: unknown): readonly ToolCall[] {
  const { content, tool_calls: calls } = fieldsOf(message);
  return [message, ...itemsOf(content), ...itemsOf(calls)].flatMap((part) => {
    const fields = fieldsOf(part);
    const { name, arguments: text } = { ...fields, ...fieldsOf(fields["function"]) };
    const id = idOf(fields["toolCallId"]) ?? idOf(fields["call_id"]) ?? idOf(fields["id"]);
    const tool = idOf(name) ?? idOf(fields["toolName"]);
    const input = fields["input"] ?? text;
    return id === undefined || tool === undefined || input === undefined
      ? []
      : [{ id, name: tool, input: typeof input === "string" ? parsed(input) : input }];
  });
}

/** Whether two values of tool calls are the same. As far as they are looked at: models may nest them very deep. */
export function isSameData(one: unknown, other: unknown): boolean {
  return stableStringify(encode(one)) === stableStringify(encode(other));
}

/** JSON as data; other text as it is. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A text that is not empty. */
export function idOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
