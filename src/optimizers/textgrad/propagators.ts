/** The propagators that ask a model: textual gradients by edge, and semantic backpropagation by node. */

import type { Propagator } from "../../graph/credit.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { carryBack } from "./backward.ts";
import { byEdge, byNode, type Method } from "./method.ts";
import { carrySettings, type GradientOptions, gradientNames, type TextCredit } from "./options.ts";

/**
 * Textual gradients: walks from the output to the parameters, and has a model say for each input of each operation how
 * that input should have been different. One call for each pair of an operation and a value that went into it and leads
 * to a trainable parameter. Several gradients on one value are put together, or reduced by one more call where they are
 * long.
 *
 * Feedback passes unchanged, without a call, through operators that only put values together, pick from them or copy
 * them (`list`, `record`, `format`, the `t` tag, `at`, …; `passThrough` names more), as in AdalFlow; through a batch,
 * each member gets its own feedback. An answer that is empty, cut, refused or missing never becomes a gradient: that
 * input is told the raw feedback on the output, and the credit's `fallbacks` say so. An ExternalCallError (a spent
 * budget, a stopped run) and an abort reject instead. Each parameter that the output depends on gets a signal with its
 * own feedback and no subgraph.
 *
 * Source: Yuksekgonul et al. 2024, "TextGrad: Automatic Differentiation via Text".
 * @throws TracegradError `bad-option` or `no-model` at once; `too-many-calls` from the pass, before anything is spent.
 * @example
 * await graph.backward("Too long.", { propagator: textGradient({ llm }) });
 */
export function textGradient(options: GradientOptions): Propagator<Promise<TextCredit>> {
  return propagatorOf(byEdge, options);
}

/**
 * Semantic backpropagation: as {@link textGradient}, but one call for each operation, which judges all of its inputs
 * together. So the model sees siblings side by side, and does not ask each of them to mend the whole. An input whose
 * hint is missing is told the raw feedback; the others keep their hints.
 *
 * Source: Wang et al. 2024, "How to Correctly do Semantic Backpropagation on Language-based Agentic Systems".
 * @throws TracegradError as {@link textGradient}.
 */
export function semantic(options: GradientOptions): Propagator<Promise<TextCredit>> {
  return propagatorOf(byNode, options);
}

const names: NamesOf<GradientOptions> = {
  ...gradientNames,
  ...{ llm: true, concurrency: true, temperature: true, signal: true },
};

function propagatorOf(method: Method, options: GradientOptions): Propagator<Promise<TextCredit>> {
  requireKnown(method.name, options, names);
  const settings = carrySettings(method.name, options);
  return {
    name: method.name,
    propagate: (graph, feedback) => carryBack(graph, feedback, { method, settings }),
  };
}
