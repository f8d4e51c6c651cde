/**
 * Agents that exist already, on any SDK: their calls of models are seen, and their texts learn, without a node in their
 * code.
 *
 * @packageDocumentation
 */

export {
  type AiSdkEmbeddingModel,
  type AiSdkModel,
  type AiSdkRerankingModel,
  type AnyAiSdkModel,
  traceModel,
} from "../agents/ai-sdk.ts";
export { type ClaudeQuery, type TraceQueryOptions, traceQuery } from "../agents/claude-agent.ts";
export { type Fetch, traceFetch } from "../agents/fetch.ts";
export { type LearningProgram, learn } from "../agents/learn.ts";
export type { LearnedMessage } from "../agents/lists.ts";
export { type McpClient, traceMcp } from "../agents/mcp.ts";
export { Setting, type SettingValue, setting } from "../agents/settings.ts";
export type { LearnedValue } from "../agents/texts.ts";
