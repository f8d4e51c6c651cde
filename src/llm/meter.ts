/** Lets a run count and hold the calls of a model that knows nothing of runs. */

import { counted } from "../util/answering.ts";
import type { LanguageModel } from "./llm.ts";

/**
 * `model`, with its calls made through the run that its caller is in: they are counted, held to the budget, and kept,
 * so that a resumed run does not pay for them again. Outside of a run nothing changes. Wrap the models of your own that
 * an agent calls; optimizers, `llmJudge` and `record` wrap what they are given. A model that goes through the run
 * already, such as `anthropic(…)`, is returned unchanged.
 *
 * A call counts once: when the model calls others that go through the run, those are counted and the call itself is
 * not.
 * @example
 * const local = meter({
 *   name: "my-model",
 *   maxTokens: 500,
 *   generate: async ({ messages }) => ({
 *     text: `You said ${String(messages.at(-1)?.content)}.`,
 *     stopReason: "end",
 *     usage: { inputTokens: 10, outputTokens: 5 },
 *     model: "my-model",
 *   }),
 * });
 */
export function meter(model: LanguageModel): LanguageModel {
  return counted(model);
}
