/** Puts the events of a streamed reply together: to the body that the same reply has without a stream. */

import { type Fields, fieldsOf } from "../util/fields.ts";
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

/** OpenAI's chunks of a chat: texts and arguments of tools that grow. */
function completionOf(events: readonly Fields[]): unknown {
  const calls = new Map<unknown, { id: unknown; name: string; arguments: string }>();
  let [content, usage, head] = ["", undefined as unknown, {} as Fields];
  for (const event of events) {
    head = { ...head, ...(event["id"] === undefined ? {} : { id: event["id"], model: event["model"] }) };
    usage = event["usage"] ?? usage;
    const { delta, index: choice } = fieldsOf(itemsOf(event["choices"])[0]);
    if (choice !== undefined && choice !== 0) continue;
    const { content: text, tool_calls: parts } = fieldsOf(delta);
    if (typeof text === "string") content += text;
    for (const part of itemsOf(parts).map(fieldsOf)) {
      const { name, arguments: more } = fieldsOf(part["function"]);
      const call = calls.get(part["index"]) ?? { id: part["id"], name: "", arguments: "" };
      calls.set(part["index"], call);
      if (typeof name === "string") call.name += name;
      if (typeof more === "string") call.arguments += more;
    }
  }
  const tools = [...calls.values()].map(({ id, ...fn }) => ({ id, type: "function", function: fn }));
  const message = { role: "assistant", content, ...(tools.length === 0 ? {} : { tool_calls: tools }) };
  return { ...head, choices: [{ message }], ...(usage === undefined ? {} : { usage }) };
}
