/** Puts the events of a streamed reply together: to the body that the same reply has without a stream. */

import { getOrSet } from "../util/collections.ts";
import { countIn, type Fields, fieldsOf } from "../util/fields.ts";
import { itemsOf, parsed } from "./read-request.ts";

/** An event of a stream. */
export interface StreamEvent {
  /** The name before its data; empty where there is none. */
  readonly name: string;
  readonly data: string;
  /** Those of the data. */
  readonly fields: Fields;
}

/** The events in the text of a stream. */
export function splitEvents(text: string): readonly StreamEvent[] {
  return text.split(/\r?\n\r?\n/).map((event) => {
    const lines = event.split(/\r?\n/);
    const valuesOf = (field: string): readonly string[] =>
      lines.filter((line) => line.startsWith(field)).map((line) => line.slice(field.length).trim());
    const data = valuesOf("data:").join("\n");
    return { name: valuesOf("event:").join(), data, fields: fieldsOf(parsed(data)) };
  });
}

/** The body that the events of a stream come to, in the formats of Anthropic, and of OpenAI's chat and responses. */
export function readEvents(stream: readonly StreamEvent[]): unknown {
  const events = stream.map(({ fields }) => fields);
  const whole = events.findLast(({ type }) => /^response\.(completed|incomplete|failed)$/.test(String(type)));
  if (whole !== undefined) return whole["response"];
  return events.some(({ type }) => type === "message_start") ? messageOfEvents(events) : completionOf(events);
}

/** A text that grows. */
interface Growing {
  fields: Record<string, unknown>;
  text: string;
}

/** Anthropic's events: blocks that grow, between the head of the message and its usage at the end. */
function messageOfEvents(events: readonly Fields[]): unknown {
  const blocks = new Map<unknown, Growing>();
  let message: Fields = {};
  for (const event of events) {
    const { type, index } = event;
    if (type === "message_start") message = fieldsOf(event["message"]);
    if (type === "message_delta") message = { ...message, usage: { ...fieldsOf(message["usage"]), ...usageOf(event) } };
    if (type === "content_block_start")
      blocks.set(index, { fields: { ...fieldsOf(event["content_block"]) }, text: "" });
    const block = type === "content_block_delta" ? blocks.get(index) : undefined;
    const { text, partial_json: json } = fieldsOf(event["delta"]);
    if (block !== undefined) block.text += typeof text === "string" ? text : typeof json === "string" ? json : "";
  }
  const content = [...blocks.values()].map(({ fields, text }) => {
    if (fields["type"] === "text") return { ...fields, text: `${fields["text"]}${text}` };
    return text === "" ? fields : { ...fields, input: parsed(text) };
  });
  return { ...message, content };
}

function usageOf(event: Fields): Fields {
  const counts = Object.entries(fieldsOf(event["usage"]));
  return Object.fromEntries(counts.filter(([, count]) => typeof count === "number"));
}

/** A choice that grows: its text, and the tools that it wants called. */
interface GrowingChoice {
  content: string;
  readonly calls: Map<unknown, { id: unknown; name: string; arguments: string }>;
}

/** OpenAI's chunks of a chat: choices whose texts and arguments of tools grow, in any order. */
function completionOf(events: readonly Fields[]): unknown {
  const growing = new Map<number, GrowingChoice>();
  let [usage, head] = [undefined as unknown, {} as Fields];
  for (const event of events) {
    head = { ...head, ...(event["id"] === undefined ? {} : { id: event["id"], model: event["model"] }) };
    usage = event["usage"] ?? usage;
    for (const { index, delta } of choicesIn(event)) {
      const fresh = (): GrowingChoice => ({ content: "", calls: new Map() });
      extendChoice(getOrSet(growing, index, fresh), fieldsOf(delta));
    }
  }
  const inOrder = [...growing].sort(([one], [other]) => one - other);
  const choices = inOrder.map(([index, choice]) => ({ index, message: messageOfChoice(choice) }));
  return { ...head, choices, ...(usage === undefined ? {} : { usage }) };
}

/** The choices in an event of a chat. A server that makes one may leave out its index. */
export function choicesIn(event: Fields): readonly (Fields & { readonly index: number })[] {
  return itemsOf(event["choices"]).map((choice) => {
    const fields = fieldsOf(choice);
    return { ...fields, index: countIn(fields["index"]) ?? 0 };
  });
}

function extendChoice(choice: GrowingChoice, { content: text, tool_calls: parts }: Fields): void {
  if (typeof text === "string") choice.content += text;
  for (const part of itemsOf(parts).map(fieldsOf)) {
    const { name, arguments: more } = fieldsOf(part["function"]);
    const call = getOrSet(choice.calls, part["index"], () => ({ id: part["id"], name: "", arguments: "" }));
    if (typeof name === "string") call.name += name;
    if (typeof more === "string") call.arguments += more;
  }
}

function messageOfChoice({ content, calls }: GrowingChoice): Fields {
  const tools = [...calls.values()].map(({ id, ...fn }) => ({ id, type: "function", function: fn }));
  return { role: "assistant", content, ...(tools.length === 0 ? {} : { tool_calls: tools }) };
}
