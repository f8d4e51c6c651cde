/** A request as the body of Anthropic's Messages API. */

import type Anthropic from "@anthropic-ai/sdk";
import { TracegradError } from "../util/errors.ts";
import type { Content, Message, ModelRequest, ReplyTool } from "./llm.ts";
import { requireImageType } from "./provider-options.ts";

/** What decides a body, beside the request. */
export interface MessageSettings {
  readonly model: string;
  /** The most tokens of a reply whose request does not say. */
  readonly maxTokens: number;
  readonly thinking: Anthropic.ThinkingConfigParam | undefined;
  readonly promptCaching: boolean;
}

/** SDK 1.12 has dropped `temperature` from its types; the API still takes it for the models that have it. */
export type MessageBody = Omit<Anthropic.MessageCreateParamsNonStreaming, "stream"> & { temperature?: number };

const cache_control = { type: "ephemeral" } as const;

/** The body of a request. @throws TracegradError `"model-bad-request"` for one that the API is sure to refuse. */
export function bodyOf(request: ModelRequest, settings: MessageSettings): MessageBody {
  const { model, thinking, promptCaching } = settings;
  const { system, tool, temperature, maxTokens = settings.maxTokens } = request;
  requireRoomToThink(maxTokens, thinking);
  // The API caches what stands before a mark: tools, then the system prompt, then the messages.
  const marked = promptCaching ? { cache_control } : {};
  // A text with a mark must not be empty.
  const isMarked = promptCaching && system !== undefined && system.trim() !== "";
  return {
    model,
    max_tokens: maxTokens,
    messages: request.messages.map(messageOf),
    ...(system !== undefined && { system: isMarked ? [{ type: "text", text: system, ...marked }] : system }),
    ...(temperature !== undefined && !thinks(thinking) && { temperature }),
    ...(thinking && { thinking }),
    ...(tool && { ...toolsOf(tool, thinking, isMarked ? {} : marked) }),
  };
}

/** Whether Claude thinks before it answers: it can then not be forced to call a tool, and takes no temperature. */
function thinks(thinking: Anthropic.ThinkingConfigParam | undefined): boolean {
  return thinking?.type === "enabled" || thinking?.type === "adaptive";
}

/** What it thinks is a part of the reply. */
export function requireRoomToThink(maxTokens: number, thinking: Anthropic.ThinkingConfigParam | undefined): void {
  if (thinking?.type !== "enabled" || thinking.budget_tokens < maxTokens) return;
  throw new TracegradError(
    "model-bad-request",
    `A reply of ${maxTokens} tokens (maxTokens) has no room beside a thinking budget of ${thinking.budget_tokens} ` +
      "tokens, which counts toward it. Raise maxTokens, or lower thinking.budget_tokens.",
  );
}

function toolsOf(
  { name, description, inputSchema }: ReplyTool,
  thinking: Anthropic.ThinkingConfigParam | undefined,
  marked: { readonly cache_control?: typeof cache_control },
): Pick<MessageBody, "tools" | "tool_choice"> {
  const choice = thinks(thinking) ? ({ type: "auto" } as const) : ({ type: "tool", name } as const);
  return {
    tools: [{ name, description, input_schema: { ...inputSchema, type: "object" }, ...marked }],
    tool_choice: { ...choice, disable_parallel_tool_use: true },
  };
}

function messageOf({ role, content }: Message): Anthropic.MessageParam {
  return { role, content: typeof content === "string" ? content : content.map(blockOf) };
}

function blockOf(content: Content): Anthropic.TextBlockParam | Anthropic.ImageBlockParam {
  if (content.type === "text") return { type: "text", text: content.text };
  const media_type = requireImageType(content, "Claude");
  return { type: "image", source: { type: "base64", media_type, data: content.data } };
}
