/** What a span says of its operation: what went in, what came out. Reads the GenAI conventions, OpenInference and ours. */

import { isRecord } from "../util/is-record.ts";
import { documentsIn, genAiAttributes, isOpenInference, type SpanDocument } from "./openinference.ts";
import type { SpanEvent, SpanRecord } from "./span-record.ts";

/** One message of a request or a reply. */
export interface SpanMessage {
  readonly role: string;
  /** Its text; empty for one that only holds results of tools. */
  readonly text: string;
  /** Ids of the tool calls that it asks for. */
  readonly calls: readonly string[];
  /** The results of tools that it holds. */
  readonly results: readonly { readonly id: string | undefined; readonly text: string }[];
}

/** What a span says. */
export interface SpanContent {
  /** What is done: `chat`, the name of a tool, an agent or a function. */
  readonly operation: string;
  readonly instructions: string | undefined;
  readonly messages: readonly SpanMessage[];
  /** Named arguments of a tool or a function. */
  readonly inputs: readonly (readonly [name: string, text: string])[];
  readonly output: string | undefined;
  /** The documents that came out, where the span says them one by one. */
  readonly documents: readonly SpanDocument[];
  /** Ids of the tool calls that the output asks for. */
  readonly calls: readonly string[];
  /** The id of the tool call that the span is. */
  readonly toolCall: string | undefined;
}

/** Whether a span is of a GenAI operation, or one of ours. */
export function isGenAi({ attributes, events }: SpanRecord): boolean {
  const isOwn = (key: string): boolean => /^(gen_ai|tracegrad)\./.test(key) || key === "code.function.name";
  if (isOpenInference(attributes) || Object.keys(attributes).some(isOwn)) return true;
  return events.some(({ name }) => name.startsWith("gen_ai."));
}

/** What `span` says. */
export function contentOf(span: SpanRecord): SpanContent {
  const details = span.events.filter(({ name }) => name === detailsEvent);
  const foreign = isOpenInference(span.attributes) ? genAiAttributes(span.attributes) : {};
  const attributes = Object.assign({}, foreign, ...details.map((event) => event.attributes), span.attributes);
  const given = messagesIn(attributes["gen_ai.input.messages"]) ?? messagesOfEvents(span.events) ?? [];
  const system = given.filter(({ role }) => role === "system" || role === "developer").map(({ text }) => text);
  const replies = messagesIn(attributes["gen_ai.output.messages"]) ?? choicesOf(span.events);
  const instructions = partsText(parsed(attributes["gen_ai.system_instructions"])) ?? system[0];
  const result = attributes["gen_ai.tool.call.result"] ?? attributes["tracegrad.output"];
  const documents = documentsIn(span.attributes);
  const found = documents.map(({ content }) => textOf(content) ?? "").join("\n\n");
  const output = replies?.map(({ text }) => text).join("\n") ?? textOf(result) ?? (found === "" ? undefined : found);
  return {
    operation: operationOf(attributes, span.name),
    instructions,
    messages: given.filter(({ role }) => role !== "system" && role !== "developer"),
    inputs: inputsOf(attributes),
    ...{ output, documents },
    calls: replies?.flatMap(({ calls }) => calls) ?? [],
    toolCall: textOf(attributes["gen_ai.tool.call.id"]),
  };
}

const detailsEvent = "gen_ai.client.inference.operation.details";

function operationOf(attributes: SpanRecord["attributes"], name: string): string {
  const by = ["gen_ai.tool.name", "gen_ai.agent.name", "code.function.name", "gen_ai.operation.name"];
  const isName = (value: unknown): value is string => typeof value === "string" && value !== "";
  return by.map((key) => attributes[key]).find(isName) ?? name;
}

function inputsOf(attributes: SpanRecord["attributes"]): SpanContent["inputs"] {
  const given = attributes["gen_ai.tool.call.arguments"] ?? attributes["tracegrad.inputs"];
  const value = parsed(given);
  if (isRecord(value)) return Object.entries(value).map(([name, item]) => [name, textOf(item) ?? "null"]);
  const text = textOf(given);
  return text === undefined ? [] : [["arguments", text]];
}

/** Messages in an attribute: a text of JSON, or the list itself. */
function messagesIn(value: unknown): readonly SpanMessage[] | undefined {
  const list = parsed(value);
  return Array.isArray(list) ? list.filter(isRecord).map(messageOf) : undefined;
}

function messageOf({ role, parts, content }: Readonly<Record<string, unknown>>): SpanMessage {
  const items = Array.isArray(parts) ? parts.filter(isRecord) : [];
  const results = items.filter(({ type }) => type === "tool_call_response");
  const calls = items.filter(({ type }) => type === "tool_call");
  const said = items.filter(
    ({ type }) => type !== "tool_call" && type !== "tool_call_response" && type !== "reasoning",
  );
  const toolCalls = calls.map(({ name, arguments: given }) => JSON.stringify({ tool: name, arguments: given }));
  const texts = [partsText(said), ...toolCalls].filter((text) => text !== undefined);
  return {
    role: typeof role === "string" ? role : "user",
    text: items.length > 0 ? texts.join("\n") : (textOf(content) ?? ""),
    calls: calls.flatMap(({ id }) => (typeof id === "string" ? [id] : [])),
    results: results.map(({ id, response, result }) => ({
      id: typeof id === "string" ? id : undefined,
      text: textOf(response ?? result) ?? "",
    })),
  };
}

function partsText(parts: unknown): string | undefined {
  if (typeof parts === "string") return parts;
  if (!Array.isArray(parts)) return undefined;
  const texts = parts.filter(isRecord).flatMap(({ content }) => textOf(content) ?? []);
  return texts.length === 0 ? undefined : texts.join("\n");
}

/** Messages as the conventions up to 1.36 have them: an event each, named by the role. */
function messagesOfEvents(events: readonly SpanEvent[]): readonly SpanMessage[] | undefined {
  const said = events.flatMap(({ name, attributes }) => {
    const [, role] = /^gen_ai\.(system|user|assistant|tool)\.message$/.exec(name) ?? [];
    return role === undefined ? [] : [messageOf({ role, content: attributes["content"] })];
  });
  return said.length === 0 ? undefined : said;
}

function choicesOf(events: readonly SpanEvent[]): readonly SpanMessage[] | undefined {
  const choices = events.filter(({ name }) => name === "gen_ai.choice");
  if (choices.length === 0) return undefined;
  return choices.map(({ attributes }) => {
    const message = parsed(attributes["message"]);
    const content = isRecord(message) ? message["content"] : (attributes["content"] ?? message);
    return messageOf({ role: "assistant", content });
  });
}

/** The value of a text of JSON; other texts and values as they are. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    // Cut by a limit of attributes, or a text that begins like JSON.
    return value;
  }
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
