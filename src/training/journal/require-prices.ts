/** Refuses a run with a budget in dollars before anything is spent when a model that it will call has no price. */

import type { LanguageModel } from "../../llm/llm.ts";
import { calleeOf } from "../../util/answering.ts";
import { isContainer } from "../../util/tree.ts";
import { settingsOf } from "../guides/settings.ts";
import type { TrainOptions } from "../options.ts";
import { refuseUnpriced } from "./budget.ts";
import { type Prices, priceOf } from "./tally.ts";

/** The parts of a run that hold models, and its limits. */
interface Paid {
  readonly optimizer?: TrainOptions["optimizer"];
  readonly guide?: Function | undefined;
  readonly budget?: { readonly usd?: number } | undefined;
  readonly prices?: Prices | undefined;
}

/**
 * Throws ExternalCallError `"no-price"` when there is a budget in dollars, and the optimizer or a guide of the library
 * calls a model that is not free and has no price. Models that only the user's code knows are checked at their first
 * call.
 */
export function requirePrices({ optimizer, guide, budget, prices = {} }: Paid): void {
  if (budget?.usd === undefined) return;
  const models = [...(optimizer?.models ?? []), ...(guide === undefined ? [] : modelsOf(guide))];
  const unpriced = models.map(calleeOf).filter(({ name: to, free }) => priceOf(prices, { to, free }) === undefined);
  if (unpriced.length > 0) refuseUnpriced([...new Set(unpriced.map(({ name }) => name))]);
}

/** The models of a guide and of all guides that it consists of. */
function modelsOf(guide: Function): readonly LanguageModel[] {
  const models: LanguageModel[] = [];
  // Iterating a set includes what is added meanwhile.
  const parts = new Set<unknown>([guide]);
  for (const part of parts) {
    const maker = typeof part === "function" ? settingsOf(part) : undefined;
    models.push(...(maker?.models ?? []));
    for (const inner of Object.values(maker?.settings ?? (isContainer(part) ? part : {}))) parts.add(inner);
  }
  return models;
}
