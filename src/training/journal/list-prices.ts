/** List prices of common models, for runs whose options have no price. What is not here is unknown, never free. */

import type { Price } from "../types.ts";

/** The price that a vendor lists for a model, in US dollars per million tokens. */
export interface ListPrice extends Price {
  /** The month in which the price was known to hold, such as `2026-03`. */
  readonly asOf: string;
}

/** Input and output price by model id, all known to hold in one month. */
function listed(
  asOf: string,
  models: Readonly<Record<string, readonly [input: number, output: number]>>,
): Readonly<Record<string, ListPrice>> {
  const entries = Object.entries(models);
  return Object.fromEntries(entries.map(([id, [input, output]]) => [id, Object.freeze({ input, output, asOf })]));
}

/**
 * The list prices that tracegrad knows, by the id of the model. A run uses them for models that its `prices` do not
 * name, and half of them for models in batches. They are standard prices of the vendors' own APIs: without discounts
 * for cached input, and without those of resellers. Models whose price depends on the length of the prompt are left
 * out, as are names that move from model to model, such as `mistral-large-latest`. Prices change: give `prices` where a
 * bill depends on them.
 * @example
 * const { asOf, ...price } = listPrices["gpt-4o-mini"] ?? {}; // { input: 0.15, output: 0.6 } as of 2026-03
 */
export const listPrices: Readonly<Record<string, ListPrice>> = Object.freeze({
  // https://docs.anthropic.com/en/docs/about-claude/pricing
  ...listed("2026-03", {
    "claude-opus-4-6": [5, 25],
    "claude-sonnet-4-6": [3, 15],
    "claude-opus-4-5": [5, 25],
    "claude-opus-4-5-20251101": [5, 25],
    "claude-haiku-4-5": [1, 5],
    "claude-haiku-4-5-20251001": [1, 5],
    "claude-sonnet-4-5": [3, 15],
    "claude-sonnet-4-5-20250929": [3, 15],
    "claude-opus-4-1": [15, 75],
    "claude-opus-4-1-20250805": [15, 75],
    "claude-opus-4-0": [15, 75],
    "claude-opus-4-20250514": [15, 75],
    "claude-sonnet-4-0": [3, 15],
    "claude-sonnet-4-20250514": [3, 15],
    "claude-3-haiku-20240307": [0.25, 1.25],
  }),
  ...listed("2025-08", {
    "claude-3-7-sonnet-20250219": [3, 15],
    "claude-3-5-haiku-20241022": [0.8, 4],
  }),
  // https://platform.openai.com/docs/pricing
  ...listed("2026-03", {
    "gpt-5.1": [1.25, 10],
    "gpt-5": [1.25, 10],
    "gpt-5-2025-08-07": [1.25, 10],
    "gpt-5-mini": [0.25, 2],
    "gpt-5-mini-2025-08-07": [0.25, 2],
    "gpt-5-nano": [0.05, 0.4],
    "gpt-5-nano-2025-08-07": [0.05, 0.4],
    "gpt-4.1": [2, 8],
    "gpt-4.1-2025-04-14": [2, 8],
    "gpt-4.1-mini": [0.4, 1.6],
    "gpt-4.1-mini-2025-04-14": [0.4, 1.6],
    "gpt-4.1-nano": [0.1, 0.4],
    "gpt-4.1-nano-2025-04-14": [0.1, 0.4],
    "gpt-4o": [2.5, 10],
    "gpt-4o-2024-11-20": [2.5, 10],
    "gpt-4o-2024-08-06": [2.5, 10],
    "gpt-4o-mini": [0.15, 0.6],
    "gpt-4o-mini-2024-07-18": [0.15, 0.6],
    o3: [2, 8],
    "o3-2025-04-16": [2, 8],
    "o4-mini": [1.1, 4.4],
    "o4-mini-2025-04-16": [1.1, 4.4],
    "o3-mini": [1.1, 4.4],
    "o3-mini-2025-01-31": [1.1, 4.4],
  }),
  // https://ai.google.dev/gemini-api/docs/pricing
  ...listed("2025-07", {
    "gemini-2.5-flash": [0.3, 2.5],
    "gemini-2.5-flash-lite": [0.1, 0.4],
    "gemini-2.0-flash": [0.1, 0.4],
  }),
  // https://mistral.ai/pricing
  ...listed("2025-05", {
    "mistral-large-2411": [2, 6],
    "mistral-medium-2505": [0.4, 2],
    "mistral-small-2503": [0.1, 0.3],
    "ministral-8b-2410": [0.1, 0.1],
    "ministral-3b-2410": [0.04, 0.04],
  }),
});
