/** The port between tracegrad and any language model: what is asked, what comes back. Imports nothing of ours. */

/** A piece of a message: text, or an image as base64 data with its media type (`image/png`, `image/jpeg`, …). */
export type Content =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly mediaType: string; readonly data: string };

/** One turn of a conversation. A plain string is one piece of text. */
export interface Message {
  readonly role: "user" | "assistant";
  readonly content: string | readonly Content[];
}

/** A tool the model must call to answer, so that its reply has a known shape. `inputSchema` is a JSON Schema object. */
export interface ReplyTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/**
 * Everything that decides an answer. It is plain JSON: a cassette keys its recorded answers by exactly these fields.
 */
export interface ModelRequest {
  readonly system?: string;
  readonly messages: readonly Message[];
  /** When given, the model is asked to answer by calling this tool. A model without tools answers in text instead. */
  readonly tool?: ReplyTool;
  /** The most tokens the reply may have. Default: the model's own. */
  readonly maxTokens?: number;
  /** Sampling temperature, from 0. Default: the provider's own. */
  readonly temperature?: number;
}

/** Why the model stopped. `length` is a reply that was cut: never half-apply it. */
export type StopReason = "end" | "tool" | "length" | "refusal" | "other";

/** Tokens spent on one call with all its requests, as the provider counted them; 0 where it did not say. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Those of `inputTokens` that the provider read from its cache, where it says so. */
  readonly cachedInputTokens?: number;
  /** Those of `outputTokens` in which the model thought, where the provider says so. */
  readonly reasoningTokens?: number;
  /** US dollars that the call cost, where who answered says so. A run counts them where its `prices` say nothing. */
  readonly usd?: number;
}

/** A model's answer: its text, and the tool's input when it called the tool. */
export interface ModelReply {
  readonly text: string;
  /** The parsed input of the tool call, when the request had a tool and the model called it. Not validated. */
  readonly toolInput?: unknown;
  readonly stopReason: StopReason;
  readonly usage: Usage;
  /** The model that answered, as the provider names it. */
  readonly model: string;
}

/** Things that steer one call but do not change its answer. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** A language model: one function from a request to a reply. Wrappers (record, retry, …) take one and give one. */
export interface LanguageModel {
  /** Short name for logs and reports, such as `claude-sonnet-5-5`. */
  readonly name: string;
  /**
   * The most tokens of a reply whose request does not say. A run takes it for upper bounds. Default: 8192 is assumed.
   */
  readonly maxTokens?: number;
  /** Answers `request`. Rejects when no answer could be had, or when `signal` aborts. */
  generate(request: ModelRequest, options?: CallOptions): Promise<ModelReply>;
}
