/** The words of a request, for those who show, store or count them. */

import { requireText } from "../util/as-text.ts";
import type { Message, ModelRequest } from "./llm.ts";

/** The text of one message; an image is shown as its media type in brackets. */
export function textOfMessage({ content }: Message): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : `[image ${part.mediaType}]`)).join("\n");
}

/** The text of the whole request: system prompt and messages, separated by newlines. */
export function textOfRequest({ system, messages }: ModelRequest): string {
  return [...(system === undefined ? [] : [system]), ...messages.map(textOfMessage)].join("\n");
}

/** @throws NoTextError where a request has something else instead of a text, whatever its type said. */
export function requireTexts({ system, messages }: ModelRequest): void {
  if (system !== undefined) requireText(system, "The system prompt");
  for (const [index, { content }] of messages.entries()) {
    if (!Array.isArray(content)) requireText(content, `Message ${index}`);
    else for (const part of content) if (part.type === "text") requireText(part.text, `A part of message ${index}`);
  }
}
