/**
 * Language models without a provider: programs on the command line, answers that are cached or recorded, a mailbox,
 * common limits, and counting the calls of your own. Providers have doors of their own, such as
 * `tracegrad/llm/anthropic`.
 *
 * @packageDocumentation
 */

// Models.
export { type CachedModel, cached } from "../llm/cached.ts";
export { record, replay } from "../llm/cassette.ts";
export { type CommandAnswer, type CommandOptions, command } from "../llm/command.ts";
export { type LimiterOptions, limiter } from "../llm/limiter.ts";
export type {
  CallOptions,
  Content,
  LanguageModel,
  Message,
  ModelReply,
  ModelRequest,
  ReplyTool,
  StopReason,
  Usage,
} from "../llm/llm.ts";
export { type MailboxOptions, mailbox } from "../llm/mailbox.ts";
// Counting calls in a run.
export { meter } from "../llm/meter.ts";
export { type MeterCallOptions, meterCall } from "../llm/meter-call.ts";
export type { ProviderOptions } from "../llm/provider-options.ts";
export type { ReplyForm } from "../llm/request-text.ts";
export type { ClientCall, ClientMeter, CountedCall } from "../nodes/client-meter.ts";
export { type ListPrice, listPrices } from "../training/journal/list-prices.ts";
export type { Tokens } from "../util/token-count.ts";
