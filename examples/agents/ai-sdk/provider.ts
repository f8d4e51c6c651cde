/** A model of the AI SDK's own test provider, which answers by rule. */

import { MockLanguageModelV3 } from "ai/test";
import { nextTurn } from "../shared/model.ts";

type CallOptions = MockLanguageModelV3["doGenerateCalls"][number];
type GenerateResult = Awaited<ReturnType<MockLanguageModelV3["doGenerate"]>>;

/** It remembers the options of its calls in `doGenerateCalls`. */
export const shopModel = new MockLanguageModelV3({
  provider: "shop",
  modelId: "shop-small",
  doGenerate: async (options) => replyTo(options),
});

function replyTo({ prompt }: CallOptions): GenerateResult {
  const [system, question, , results] = prompt;
  const [part] = results?.role === "tool" ? results.content : [];
  const output = part?.type === "tool-result" ? part.output : undefined;
  const result = output?.type === "json" ? JSON.stringify(output.value) : undefined;
  const turn = nextTurn(String(system?.content), JSON.stringify(question?.content), result);
  const isTool = "order" in turn;
  return {
    content: isTool
      ? [{ type: "tool-call", toolCallId: "call_1", toolName: "look_up_order", input: JSON.stringify(turn) }]
      : [{ type: "text", text: turn.text }],
    finishReason: { unified: isTool ? "tool-calls" : "stop", raw: undefined },
    usage: {
      inputTokens: { total: 200 + 20 * prompt.length, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: 20, text: undefined, reasoning: undefined },
    },
    warnings: [],
  };
}
