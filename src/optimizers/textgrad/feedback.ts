/** What feedback each value gets: passed on unchanged by its successors, or gathered from all of them. */

import { type FeedbackImage, type FeedbackRecord, feedbackText } from "../../graph/feedback.ts";
import type { Graph } from "../../graph/graph.ts";
import type { Node } from "../../nodes/node.ts";
import { append } from "../../util/collections.ts";
import type { JudgedInput, PlannedNode } from "./plan.ts";

/**
 * Operators that only put values together, pick from them or copy them. Feedback on their output holds for their inputs
 * as it is, so asking a model would cost a call and add nothing.
 */
export const structuralOperators: readonly string[] = [
  ...["list", "record", "mapping", "set", "batchify", "text", "format", "join", "concat"],
  ...["identity", "clone", "append", "extend", "insert", "merge", "setAdd", "union"],
  ...["at", "get", "slice", "reverse", "entries", "values", "toList", "toRecord", "toSet"],
];

const structural: ReadonlySet<string> = new Set(structuralOperators);

/**
 * Whether feedback on `node` passes unchanged to its inputs: for a structural operator, for the link between two steps
 * of an episode, and for every operation named in `also`. A bundle never passes by its name alone, nor does an operator
 * that failed: the failure is something to judge.
 */
export function passesThrough({ operation }: Node, also: readonly string[]): boolean {
  const { kind, name, inputs } = operation;
  if (kind === "exception") return false;
  if (also.includes(name)) return true;
  if (kind !== "operator") return false;
  // A step of a real environment, which takes only the action, decides what comes next; the link of a chain does not,
  // nor does what is seen after a step.
  const isSeen = name === "observation" && inputs[0] === "step";
  return structural.has(name) || (name === "environment_step" && inputs.length === 2) || isSeen;
}

/** The feedback that a structural operator passes to one input. */
export interface PassedFeedback {
  readonly input: JudgedInput;
  readonly record: FeedbackRecord;
  /** The feedback on this input's own run, where it is known; undefined means: as for the node. */
  readonly origin: FeedbackRecord | undefined;
}

/** A node, the feedback on it, and the feedback on the output of its graph. */
export interface NodeFeedback {
  readonly graph: Graph;
  readonly outputFeedback: FeedbackRecord;
  readonly step: PlannedNode;
  readonly feedback: FeedbackRecord;
}

/** Passes feedback to each input. A member that is in a batch twice gets feedback twice. */
export function passFeedback({ graph, outputFeedback, step, feedback }: NodeFeedback): readonly PassedFeedback[] {
  const { node, inputs } = step;
  if (node.op !== "batchify") return inputs.map((input) => ({ input, record: feedback, origin: undefined }));
  const judged = node === graph.output ? graph.judged(outputFeedback) : [];
  return inputs.flatMap((input) =>
    input.places.map((place) => {
      const own = judged[place]?.feedback ?? feedback;
      const record = own === feedback ? forMember(feedback, place) : own;
      return { input, record, origin: record === feedback ? undefined : record };
    }),
  );
}

/** Feedback on a whole batch that names its members by index means nothing to a member until it knows its own index. */
function forMember(feedback: FeedbackRecord, index: number): FeedbackRecord {
  const text = feedbackText(feedback);
  if (!text.includes(`ID [${index}]:`)) return feedback;
  const { images } = feedback;
  const own = { text: `This run is ID [${index}] in the following.\n${text}` };
  return images === undefined ? own : { ...own, images };
}

/** The feedback of one successor of a value. */
export interface SuccessorFeedback {
  /** The successor's index among the nodes of its graph, which orders the feedback. */
  readonly index: number;
  /** The successor's name. */
  readonly from: string;
  readonly record: FeedbackRecord;
}

/** All feedback on a value. */
export interface GatheredFeedback {
  /** The record itself, where all successors gave that one record: feedback that passed through stays unchanged. */
  readonly only: FeedbackRecord | undefined;
  /** Each distinct text once, with the successors that gave it. */
  readonly texts: readonly string[];
  readonly images: readonly FeedbackImage[];
}

/** How many successors are named for one text. */
const maxNames = 3;

/** The most images in the feedback on a value, however many reached it: each costs a model about a thousand tokens. */
export const maxImages = 16;

/** Gathers feedback in the order of the successors, equal texts once. */
export function gatherFeedback(all: readonly SuccessorFeedback[]): GatheredFeedback {
  const inOrder = all.toSorted((a, b) => a.index - b.index);
  const records = new Set(inOrder.map(({ record }) => record));
  const images = [...new Set([...records].flatMap((record) => record.images ?? []))];
  const namesByText = new Map<string, string[]>();
  for (const { record, from } of inOrder) {
    append(namesByText, feedbackText(record), from);
  }
  const texts = [...namesByText].map(([text, names]) => `From ${listNames(names)}: ${text}`);
  return { only: records.size === 1 ? [...records][0] : undefined, texts, images };
}

function listNames(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const rest = distinct.length - maxNames;
  const list = distinct.slice(0, maxNames).join(", ");
  const times = names.length === distinct.length ? "" : ` (${names.length} times)`;
  return `${rest > 0 ? `${list} and ${rest} more` : list}${times}`;
}

/** A text with images as feedback, with no more images than can be shown. */
export function feedbackWith(text: string, images: readonly FeedbackImage[]): FeedbackRecord {
  if (images.length === 0) return { text };
  if (images.length <= maxImages) return { text, images };
  const left = images.length - maxImages;
  return { text: `${text}\n(${left} more images are left out.)`, images: images.slice(0, maxImages) };
}
