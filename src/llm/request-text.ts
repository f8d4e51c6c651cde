/** Renders a request as one text, for people and programs that read text and answer in text. */

import type { Fields } from "../util/fields.ts";
import { onlyJsonObject } from "../util/json-objects.ts";
import type { Content, ModelReply, ModelRequest, ReplyTool } from "./llm.ts";

/** An image of a message. */
export type ImageContent = Extract<Content, { readonly type: "image" }>;

/** The beginning: who answers, how the reply is to be given, and its limits. */
export function headOfRequest({ tool, maxTokens }: ModelRequest, manner: readonly string[]): string {
  const lines = ["You are the language model that answers this prompt.", "", ...manner.map((line) => `- ${line}`)];
  if (tool)
    lines.push("- Reply with **one JSON object**; the section “Reply format” at the end gives its JSON Schema.");
  if (maxTokens !== undefined) lines.push(`- Write at most ${maxTokens} tokens.`);
  return lines.join("\n");
}

/** The sections of a request: the system prompt, the messages, the format of the reply. `show` renders an image. */
export function sectionsOfRequest(request: ModelRequest, show: (image: ImageContent) => string): readonly string[] {
  const { system, messages, tool } = request;
  const textOf = (content: string | readonly Content[]): string =>
    typeof content === "string"
      ? content
      : content.map((part) => (part.type === "text" ? part.text : show(part))).join("\n\n");
  return [
    ...(system === undefined ? [] : [`## System\n\n${system}`]),
    ...messages.map(({ role, content }, index) => `## Message ${index + 1} (${role})\n\n${textOf(content)}`),
    ...(tool ? [replyFormat(tool)] : []),
  ];
}

/** How a reply of a known shape is asked for: by a tool call, as JSON by a schema, or in the text of the prompt. */
export type ReplyForm = "tool" | "json" | "text";

/** The tool of a request, for a provider that is asked for a tool call or for JSON by a schema. */
export interface ToolShape {
  readonly name: string;
  readonly description: string;
  readonly schema: ReplyTool["inputSchema"];
}

/**
 * A request in a form: what is sent as texts, and the tool, where the form has one beside them, as `shapeOf` gives it
 * to the provider.
 */
export function inForm(
  request: ModelRequest,
  form: ReplyForm,
  shapeOf: (tool: ToolShape) => Fields,
): { readonly texts: Pick<ModelRequest, "system" | "messages" | "temperature">; readonly shape: Fields } {
  const { tool } = request;
  const texts = form === "tool" ? request : withReplyFormat(request);
  if (!tool || form === "text") return { texts, shape: {} };
  const { name, description, inputSchema } = tool;
  return { texts, shape: shapeOf({ name, description, schema: { ...inputSchema, type: "object" } }) };
}

/** `request` for a server without tools: the format of the reply stands at the end of the last message. */
export function withReplyFormat(request: ModelRequest): ModelRequest {
  const { tool, messages, ...rest } = request;
  if (!tool) return request;
  const text = replyFormat(tool);
  const last = messages.at(-1);
  if (last?.role !== "user") return { ...rest, messages: [...messages, { role: "user", content: text }] };
  const { content } = last;
  const extended =
    typeof content === "string" ? `${content}\n\n${text}` : [...content, { type: "text", text } as const];
  return { ...rest, messages: [...messages.slice(0, -1), { role: "user", content: extended }] };
}

function replyFormat({ name, description, inputSchema }: ReplyTool): string {
  return [
    "## Reply format",
    "",
    `Reply with exactly one JSON object, bare or in one \`json\` code fence: the input of \`${name}\`.`,
    description,
    "",
    "It must match this JSON Schema:",
    "",
    "```json",
    JSON.stringify(inputSchema, null, 2),
    "```",
  ].join("\n");
}

/** A reply in text to a request: when that has a tool, the one JSON object in the text is the tool's input. */
export function replyInText(
  text: string,
  { tool }: ModelRequest,
): Pick<ModelReply, "text" | "toolInput" | "stopReason"> {
  const toolInput = tool ? onlyJsonObject(text) : undefined;
  return { text, ...(toolInput && { toolInput }), stopReason: toolInput ? "tool" : "end" };
}
