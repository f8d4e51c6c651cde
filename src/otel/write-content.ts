/** Writes what was said to spans, as text and as messages of the GenAI conventions. */

import { unwrap } from "../nodes/node.ts";
import { encode } from "../util/encode.ts";
import { isRecord } from "../util/is-record.ts";

/** Writes content, with what the user wants to be taken out taken out. */
export interface ContentWriter {
  /** A value as text: a text as it is, other values as JSON. */
  text(value: unknown): string;
  /** One message in a list of messages. */
  message(role: "user" | "assistant", value: unknown): string;
  /** The system prompt and the messages of a request; empty where it has none that can be read. */
  request(request: unknown): Readonly<Record<string, string>>;
}

/** The writer for the option `content`; undefined where no content is written. */
export function contentWriter(content: boolean | ((text: string) => string)): ContentWriter | undefined {
  if (content === false) return undefined;
  const clean = content === true ? (text: string) => text : content;
  const text = (value: unknown) => clean(textOf(value));
  return {
    text,
    message: (role, value) => JSON.stringify([{ role, parts: [{ type: "text", content: text(value) }] }]),
    request: (request) => requestAttributes(request, text),
  };
}

type WriteText = (value: unknown) => string;

/** A value as text: a text as it is, other values as JSON. */
function textOf(value: unknown): string {
  const plain = unwrap(value);
  return typeof plain === "string" ? plain : JSON.stringify(encode(plain));
}

function requestAttributes(request: unknown, text: WriteText): Record<string, string> {
  if (!isRecord(request)) return {};
  // A request that a door of `tracegrad/agents` sends is in the body of what decides the reply.
  const fields = isRecord(request["body"]) ? request["body"] : request;
  const { system, instructions = system, messages, input = messages, prompt = input } = fields;
  const list = typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt;
  return {
    ...(instructions === undefined
      ? {}
      : { "gen_ai.system_instructions": JSON.stringify(partsOf(instructions, text)) }),
    ...(Array.isArray(list)
      ? { "gen_ai.input.messages": JSON.stringify(list.flatMap((item) => messageOf(item, text))) }
      : {}),
  };
}

function messageOf(message: unknown, text: WriteText): readonly object[] {
  if (!isRecord(message)) return [];
  const { role = "user", content } = message;
  return [{ role: String(role), parts: partsOf(content ?? message, text) }];
}

function partsOf(content: unknown, text: WriteText): readonly object[] {
  const parts = Array.isArray(content) ? content : [content];
  return parts.map((part) => {
    if (!isRecord(part)) return { type: "text", content: text(part) };
    if (typeof part["text"] === "string") return { type: "text", content: text(part["text"]) };
    // Images are not written: they are large, and no reader of spans shows them.
    if (part["type"] === "image") return { type: "blob", modality: "image", mime_type: String(part["mediaType"]) };
    return { type: typeof part["type"] === "string" ? part["type"] : "json", content: text(part) };
  });
}
