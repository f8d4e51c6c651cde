/** The propagators that ask a model: textual gradients by edge, and semantic backpropagation by node. */

import type { Propagator } from "../../graph/credit.ts";
import { carryBack } from "./backward.ts";
import { type GradientOptions, propagatorSettings, type TextCredit } from "./options.ts";
import { byEdge, byNode, type GradientMethod } from "./questions.ts";

/**
 * Textual gradients: walks from the output to the parameters, and asks a model for each input of each operation how
 * that input should have been different. It makes one call for each pair of an operation and an input that leads to a
 * trainable parameter. Several gradients on one value are joined, or reduced by one more call where they are long.
 *
 * Feedback passes unchanged, without a call, through operators that only put values together, pick from them or copy
 * them (`list`, `record`, `format`, the `t` tag, `at`, …), as in AdalFlow; through a batch, each member gets its own
 * feedback. Through a function that is not asynchronous, so that no model can have answered in it, it passes too, with
 * the call that it passed (`judge: "all"` asks a model there as well). A run with the best score costs no call
 * (`maxScore`), since it leaves nothing to improve. A parameter that only such runs depend on has a signal all the
 * same, with the feedback on these runs as it is: a signal says what was observed, as in Trace, and the optimizer decides
 * what follows. An answer that is empty, cut, refused or missing never becomes a gradient: that
 * input gets the raw feedback on the output, and the credit's `fallbacks` say so. An ExternalCallError (a spent budget,
 * a stopped run) and an abort reject instead. Each parameter that the output depends on gets a signal with its own
 * feedback and no subgraph.
 *
 * Source: Yuksekgonul et al. 2024, "TextGrad: Automatic Differentiation via Text".
 * @throws TracegradError `bad-option` or `no-model` at once; from the pass `too-many-calls`, before anything is spent, and
 * `prompt-too-large` where `maxPromptTokens` has no room for the objective and the names of the inputs to judge.
 * @example
 * await graph.backward("Too long.", { propagator: textGradient({ llm }) });
 */
export function textGradient(options: GradientOptions): Propagator<Promise<TextCredit>> {
  return propagatorOf(byEdge, options);
}

/**
 * Semantic backpropagation: like {@link textGradient}, but with one call for each operation, which judges all of its
 * inputs together. So the model sees siblings side by side, and does not ask each of them to fix the whole. An input
 * whose hint is missing gets the raw feedback; the others keep their hints.
 *
 * Source: Wang et al. 2024, "How to Correctly do Semantic Backpropagation on Language-based Agentic Systems".
 * @throws TracegradError as {@link textGradient}.
 */
export function semantic(options: GradientOptions): Propagator<Promise<TextCredit>> {
  return propagatorOf(byNode, options);
}

function propagatorOf(method: GradientMethod, options: GradientOptions): Propagator<Promise<TextCredit>> {
  const settings = propagatorSettings(method.name, options);
  return {
    name: method.name,
    propagate: async (graph, feedback) => (await carryBack(graph, feedback, { method, settings })).credit,
  };
}
