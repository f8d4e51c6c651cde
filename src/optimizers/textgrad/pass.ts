/**
 * What the inputs of a structural operator are told: what its output was, and of a batch each member its own feedback.
 */

import { type FeedbackRecord, feedbackText } from "../../graph/feedback.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Input, Step } from "./plan.ts";

/** What one input is told. */
export interface Passed {
  readonly input: Input;
  readonly record: FeedbackRecord;
  /** The feedback on this input's own run, where it is known; undefined means: as for the node. */
  readonly origin: FeedbackRecord | undefined;
}

/** The node, with what it was told, and the feedback on the output of its graph. */
export interface Passing {
  readonly graph: Graph;
  readonly feedback: FeedbackRecord;
  readonly step: Step;
  readonly told: FeedbackRecord;
}

/** What each input is told. A member that stands in a batch twice is told twice. */
export function passed({ graph, feedback, step, told }: Passing): readonly Passed[] {
  const { node, inputs } = step;
  if (node.op !== "batchify") return inputs.map((input) => ({ input, record: told, origin: undefined }));
  const judged = node === graph.output ? graph.judged(feedback) : [];
  return inputs.flatMap((input) =>
    input.places.map((place) => {
      const own = judged[place]?.feedback ?? told;
      const record = own === told ? placed(told, place) : own;
      return { input, record, origin: record === told ? undefined : record };
    }),
  );
}

/** Feedback on a whole batch that speaks of its members by index tells a member nothing until it knows its own. */
function placed(told: FeedbackRecord, place: number): FeedbackRecord {
  const text = feedbackText(told);
  if (!text.includes(`ID [${place}]:`)) return told;
  const { images } = told;
  const own = { text: `This run is ID [${place}] in the following.\n${text}` };
  return images === undefined ? own : { ...own, images };
}
