/**
 * Which models a run can be seen to ask before it begins, so that one without a price is refused before anything is
 * spent.
 */

import type { LanguageModel } from "../../llm/llm.ts";
import { calleeOf } from "../../util/answering.ts";
import { isContainer } from "../../util/tree.ts";
import { settingsOf } from "../guides/settings.ts";
import type { TrainOptions } from "../options.ts";
import { refuseUnpriced } from "./budget.ts";
import { type Prices, priceOf } from "./tally.ts";

/** What of a run holds models, and what limits it. */
interface Paid {
  readonly optimizer?: TrainOptions["optimizer"];
  readonly guide?: Function | undefined;
  readonly budget?: { readonly usd?: number } | undefined;
  readonly prices?: Prices | undefined;
}

/**
 * Throws ExternalCallError `"no-price"` when there is a budget of dollars, and the optimizer or a guide of the library
 * asks a model that is not free and has no price. Models that only a function of the user's knows are met at their
 * first call.
 */
export function requirePrices({ optimizer, guide, budget, prices = {} }: Paid): void {
  if (budget?.usd === undefined) return;
  const models = [...(optimizer?.models ?? []), ...(guide === undefined ? [] : modelsOf(guide))];
  const unpriced = models.map(calleeOf).filter(({ name: to, free }) => priceOf(prices, { to, free }) === undefined);
  if (unpriced.length > 0) refuseUnpriced([...new Set(unpriced.map(({ name }) => name))]);
}

/** The models of a guide, and of all guides that it is put together of. */
function modelsOf(guide: Function): readonly LanguageModel[] {
  const models: LanguageModel[] = [];
  // A set gives what is added while it is walked, too.
  const parts = new Set<unknown>([guide]);
  for (const part of parts) {
    const made = typeof part === "function" ? settingsOf(part) : undefined;
    models.push(...(made?.models ?? []));
    for (const inner of Object.values(made?.settings ?? (isContainer(part) ? part : {}))) parts.add(inner);
  }
  return models;
}
