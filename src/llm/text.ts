/** The words of a request, for those who show, store or count them. */

import type { Message, ModelRequest } from "./llm.ts";

/** The text of one message; an image is shown as its media type in brackets. */
function textOfMessage({ content }: Message): string {
  if (typeof content === "string") return content;
  return content.map((part) => (part.type === "text" ? part.text : `[image ${part.mediaType}]`)).join("\n");
}

/** The text of the whole request: system prompt and messages, separated by newlines. */
export function textOfRequest({ system, messages }: ModelRequest): string {
  return [...(system === undefined ? [] : [system]), ...messages.map(textOfMessage)].join("\n");
}
