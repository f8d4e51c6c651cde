/** `generateText` of the AI SDK on its own test model: untraced, traced by us, and traced by others. */

import * as sdk from "ai";
import { generateText } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { wrapAISDK } from "langsmith/experimental/vercel";
import { trace } from "tracegrad";
import { learn, traceModel } from "tracegrad/agents";
import { droppingClient, droppingTracer } from "./backends.ts";
import { QUESTION, REPLY, SYSTEM_PROMPT } from "./texts.ts";
import type { Variants } from "./variant.ts";

const model = new MockLanguageModelV3({
  doGenerate: {
    content: [{ type: "text", text: REPLY }],
    finishReason: { unified: "stop", raw: "stop" },
    usage: {
      inputTokens: { total: 60, noCache: 60, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 40, text: 40, reasoning: 0 },
    },
    warnings: [],
  },
});

const request = { system: SYSTEM_PROMPT, prompt: QUESTION } as const;

const callDoor = (): (() => Promise<unknown>) => {
  const traced = traceModel(model);
  return () => generateText({ model: traced, ...request });
};

const callTraced = (): (() => Promise<unknown>) => {
  const traced = traceModel(model);
  const answer = async (question: string): Promise<string> => {
    const { text } = await generateText({ model: traced, system: SYSTEM_PROMPT, prompt: question });
    return text;
  };
  const agent = learn(answer, { system: SYSTEM_PROMPT });
  return () => trace(() => agent(QUESTION));
};

/** The ways to make the call. */
export const aiSdk: Variants = {
  untraced: () => () => generateText({ model, ...request }),
  door: callDoor,
  traced: callTraced,
  spans: callTraced,
  langSmith() {
    const { generateText: traced } = wrapAISDK(sdk, { client: droppingClient(), tracingEnabled: true });
    return () => traced({ model, ...request });
  },
  openTelemetry() {
    const telemetry = { isEnabled: true, tracer: droppingTracer() };
    return () => generateText({ model, ...request, experimental_telemetry: telemetry });
  },
};
