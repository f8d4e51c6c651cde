/** The propagators that need no language model: the minimal subgraph (the default), and the bare feedback. */

import type { Node } from "../nodes/node.ts";
import { carrySubgraph, creditOf } from "./carry.ts";
import type { Propagator } from "./credit.ts";
import type { FeedbackRecord } from "./feedback-record.ts";
import { minimalSubgraphOf } from "./subgraph.ts";

/**
 * Carries the feedback and the minimal subgraph to each parameter, without a model call. The default.
 * Source: Cheng et al. 2024, "Trace is the Next AutoDiff".
 */
export const minimalSubgraph: Propagator = {
  name: "minimalSubgraph",
  propagate: carrySubgraph,
};

/**
 * Carries only feedback: each parameter gets the feedback on those members of a batch whose output depends on it,
 * scores added, texts joined by a line, data and images in order. Each feedback counts once, however many paths lead to
 * the parameter.
 */
export const sum: Propagator = {
  name: "sum",
  propagate(graph, feedback) {
    const members = graph.judged(feedback);
    const { parameters } = minimalSubgraphOf(graph);
    if (members.length === 0) return creditOf(graph, feedback, parameters, () => ({ feedback, subgraph: undefined }));
    const reached = members.map((member) => new Set<Node>(member.graph.nodes));
    return creditOf(graph, feedback, parameters, (parameter) => {
      const received = members.filter((_, index) => reached[index]?.has(parameter)).map((member) => member.feedback);
      return { feedback: total(received), subgraph: undefined };
    });
  },
};

function total(items: readonly FeedbackRecord[]): FeedbackRecord {
  const scores = items.map((item) => item.score).filter((score) => score !== undefined);
  const texts = items.map((item) => item.text).filter((text) => text !== undefined);
  const data = items.map((item) => item.data).filter((one) => one !== undefined);
  const images = items.flatMap((item) => item.images ?? []);
  return {
    ...(texts.length === 0 ? {} : { text: texts.join("\n") }),
    ...(scores.length === 0 ? {} : { score: scores.reduce((a, b) => a + b, 0) }),
    ...(data.length === 0 ? {} : { data }),
    ...(images.length === 0 ? {} : { images }),
  };
}
