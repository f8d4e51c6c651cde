/** Refuses invalid options of `train` before anything is spent. */

import type { Optimizer } from "../../optimizers/optimizer.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import { requireWholeNumber } from "../../util/require.ts";
import type { Sealed } from "../data/sealed.ts";
import { checkBudget } from "../journal/budget.ts";
import { requirePrices } from "../journal/require-prices.ts";
import { checkPrices } from "../journal/tally.ts";
import { checkTrainNames } from "../known-options.ts";
import { concurrencyOf, type TrainOptions } from "../options.ts";
import { checkSearch } from "../search/check-search.ts";

/** Throws TracegradError `bad-option`, or ExternalCallError `no-price`, for options that cannot work. */
export function checkTrainOptions(options: TrainOptions): void {
  checkTrainNames(options);
  const { evaluateEvery = 1, budget = {}, data, selection } = options;
  const hasGuide = options.agent !== undefined && options.guide !== undefined;
  if (hasGuide === (options.environment !== undefined)) {
    refuse("Give either an `agent` and a `guide`, or an `environment`.");
  }
  checkFeedback(options);
  if (typeof (options.optimizer as Partial<Optimizer> | undefined)?.toJSON !== "function") {
    refuse("Give an `optimizer`, such as `optoPrime(agent, { llm })`.");
  }
  requireWholeNumber("concurrency", concurrencyOf(options));
  requireWholeNumber("evaluateEvery", evaluateEvery);
  checkMaxScore(options.maxScore);
  checkBudget(budget);
  checkPrices(options.prices ?? {});
  const sets = data as Partial<typeof data> | undefined;
  const isSealed = typeof (sets?.test as Partial<Sealed> | undefined)?.read === "function";
  if (!Array.isArray(sets?.train) || !Array.isArray(sets.validation) || !isSealed) {
    refuse(
      "`data` are examples from split: `data: split(rows, { train: 20, validation: 10 })`, from `tracegrad/data`.",
    );
  }
  if (data.train.length === 0) refuse("There are no training examples. Give split a larger `train`.");
  if (selection === "bestValidation" && data.validation.length === 0) {
    refuse("Selection by validation needs validation examples. Give split a larger `validation`.");
  }
  checkOutages(options.outages);
  checkSearch(options);
  requirePrices(options);
}

function checkFeedback({ feedback, environment }: Pick<TrainOptions, "feedback" | "environment">): void {
  if (feedback === undefined) return;
  if (typeof feedback !== "function") {
    refuse(`\`feedback\` is a function from a rollout to a text; got ${preview(feedback)}.`);
  }
  if (environment === undefined) return;
  refuse(
    "`feedback` is for an `agent` with a `guide`. Of an environment, let `feedback` or `judge` of environmentTask say it.",
  );
}

function checkMaxScore(maxScore: unknown): void {
  if (maxScore === undefined || (typeof maxScore === "number" && maxScore > Number.NEGATIVE_INFINITY)) return;
  refuse(`\`maxScore\` is the highest score that the guide can give, or Infinity; got ${preview(maxScore)}.`);
}

function checkOutages(outages: unknown): void {
  if (outages === undefined) return;
  const { also, except, ...rest } = (typeof outages === "object" && outages !== null ? outages : { rest: outages }) as {
    readonly [key in "also" | "except" | "rest"]?: unknown;
  };
  const isRule = (rule: unknown) => rule === undefined || typeof rule === "function";
  if (Object.keys(rest).length === 0 && isRule(also) && isRule(except)) return;
  refuse(`\`outages\` is { also, except }, two functions from an error to true or false; got ${preview(outages)}.`);
}

function refuse(problem: string): never {
  throw new TracegradError("bad-option", problem);
}
