/** What OpenAI's two APIs have in common for their adapter. */

import type { Fields } from "../util/fields.ts";
import type { Dialect } from "./dialect.ts";
import type { Content, Message, ModelRequest } from "./llm.ts";
import type { ReplyReader } from "./reply-reader.ts";
import { textOfMessage } from "./text.ts";

/** What decides the body of a request, beside the request. */
export interface BodySettings {
  readonly model: string;
  readonly maxTokens: number | undefined;
  readonly dialect: Dialect;
}

/** One of the two APIs. */
export interface OpenAiApi {
  readonly path: string;
  bodyOf(request: ModelRequest, settings: BodySettings): Fields;
  newReader(request: ModelRequest, settings: BodySettings): ReplyReader;
}

/** A message; its content is one text unless it has an image, because some servers take no text in parts. */
export function messageOf(message: Message, partOf: (content: Content) => Fields): Fields {
  const { role, content } = message;
  const isText = typeof content === "string" || content.every(({ type }) => type === "text");
  return { role, content: isText ? textOfMessage(message) : content.map(partOf) };
}
