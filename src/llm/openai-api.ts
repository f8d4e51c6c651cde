/** What OpenAI's two APIs have in common for their adapter. */

import type { Dialect } from "./dialect.ts";
import type { ModelRequest } from "./llm.ts";
import type { ReplyReader, WireFields } from "./reply-reader.ts";

/** What decides the body of a request, beside the request. */
export interface BodySettings {
  readonly model: string;
  readonly maxTokens: number | undefined;
  readonly dialect: Dialect;
}

/** One of the two APIs. */
export interface OpenAiApi {
  readonly path: string;
  bodyOf(request: ModelRequest, settings: BodySettings): WireFields;
  newReader(request: ModelRequest, settings: BodySettings): ReplyReader;
}
