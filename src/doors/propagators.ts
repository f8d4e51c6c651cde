/**
 * Propagators: what carries feedback from an output to the parameters, for the option `propagator` of `backward`.
 *
 * @packageDocumentation
 */

export { minimalSubgraph, sum } from "../graph/propagators.ts";
export type {
  GradientFallback,
  GradientOptions,
  GradientSettings,
  TextCredit,
} from "../optimizers/textgrad/options.ts";
export { semantic, textGradient } from "../optimizers/textgrad/propagators.ts";
