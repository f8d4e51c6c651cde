/** The maximum cost of a run, known before anything is spent. */

import { interactive } from "../templates/interactive.ts";
import { TracegradError } from "../util/errors.ts";
import { batchSize } from "./loop/order.ts";
import { stepsOf } from "./loop/stop.ts";
import type { TrainOptions } from "./options.ts";

/** The cost of one evaluation, or of one step of the optimizer. Measure a few, or guess high. */
export interface CostOfOne {
  readonly llmCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** The maximum cost of a run. */
export interface RunEstimate {
  readonly steps: number;
  /** Evaluations: for learning, for selection, and on the sealed test data. */
  readonly evaluations: {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
    readonly all: number;
  };
  readonly llmCalls: number;
  readonly tokens: number;
  /** US dollars; undefined without a price. */
  readonly usd: number | undefined;
}

/** The cost of an evaluation and of a step, and the price of the model. */
export interface EstimateSettings {
  readonly perRun: CostOfOne;
  readonly perStep: CostOfOne;
  /** US dollars per million tokens, if one model does everything. Default: none, and `usd` is undefined. */
  readonly price?: { readonly input: number; readonly output: number };
}

/**
 * A dry run: the maximum cost of `train(options)` within its budget of steps, without running anything. Caches and
 * early stops only reduce it. A step may make two calls, when an answer is refused. Optimizers that ask for several
 * candidates make more calls, so give the total of all of them as `perStep`.
 * @throws TracegradError `bad-option` for a search, which has no fixed number of steps.
 * @example
 * const perRun = { llmCalls: 1, inputTokens: 800, outputTokens: 300 };
 * const { evaluations, usd } = estimate(options, { perRun, perStep, price });
 */
export function estimate<I, O, K>(
  options: TrainOptions<I, O, K>,
  { perRun, perStep, price }: EstimateSettings,
): RunEstimate {
  const { data, template = interactive(), evaluateEvery = 1, test = false } = options;
  if (options.search !== undefined) {
    throw new TracegradError(
      "bad-option",
      `${options.search.name} uses what its budget allows. Set budget.usd, llmCalls or evaluations: none is ever ` +
        "exceeded.",
    );
  }
  const steps = stepsOf(options);
  const train = steps * batchSize(template.wants, data.train);
  // One for the baseline; the last candidate is always scored.
  const validation = (1 + Math.ceil(steps / evaluateEvery)) * data.validation.length;
  const evaluations = { train, validation, test: test ? 2 * data.test.size : 0 };
  const all = evaluations.train + evaluations.validation + evaluations.test;
  const total = (part: (cost: CostOfOne) => number) => all * part(perRun) + 2 * steps * part(perStep);
  const [input, output] = [total((cost) => cost.inputTokens), total((cost) => cost.outputTokens)];
  const usd = price === undefined ? undefined : (input * price.input + output * price.output) / 1e6;
  return {
    steps,
    evaluations: { ...evaluations, all },
    llmCalls: total((cost) => cost.llmCalls),
    tokens: input + output,
    usd,
  };
}
