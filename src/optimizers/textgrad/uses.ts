/** The uses of a parameter in the runs, as its rewrite reads them: what went in, what came out, and the feedback. */

import { callOf } from "../../graph/call-text.ts";
import { feedbackWithin } from "../../graph/feedback-text.ts";
import type { Graph } from "../../graph/graph.ts";
import { ExceptionNode, type Node } from "../../nodes/node.ts";
import { inputNameOf } from "../../nodes/operation.ts";
import { cut, evenly, leftOutText } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import type { Variable } from "../problem.ts";
import { type Images, namesIn } from "../prompt/images.ts";
import { withNamedText } from "../prompt/named-text.ts";
import { fenced } from "../prompt/text.ts";
import type { ReceivedFeedback } from "./backward.ts";
import { endsText, type FeedbackPart, passedLines } from "./feedback.ts";

/** How much of the uses is written. */
export interface UsesAmount {
  /** The most uses, and the most inputs of each. */
  readonly uses: number;
  readonly inputs: number;
  /** The most characters of each value, each call and each feedback. */
  readonly text: number;
}

/** What the uses of a parameter are written from. */
export interface UsesView {
  readonly graph: Graph;
  readonly variable: Variable;
  readonly received: ReceivedFeedback;
  /** The images that go with the prompt. */
  readonly images: Images;
  /** The most characters of one value, and of one feedback; and eight times as many of all inputs of a use. */
  readonly limits: { readonly value: number; readonly feedback: number };
  readonly amount: UsesAmount;
}

/** What is written where the prompt has room for it. */
export const usualAmount: UsesAmount = { uses: 40, inputs: 100, text: 2_000 };

/** The most characters of the values, calls and feedback of all uses, of which each has its share. */
const [maxLength, minShare] = [24_000, 300];

/** A text for each use, with the feedback unless that was put together from all of them. */
export function usesText({ graph, variable, received, images, limits, amount }: UsesView): readonly string[] {
  const { parts, isReduced } = received;
  const visible = evenly(parts, amount.uses);
  const share = Math.max(minShare, Math.floor(maxLength / visible.length));
  const view = { graph, variable, images, value: limits.value, text: Math.min(share, amount.text) };
  const texts = visible.map((part) => {
    const lines = useLines(view, part, amount.inputs);
    if (!isReduced) lines.push(...feedbackLines(view, part, Math.min(limits.feedback, share)));
    return lines.join("\n");
  });
  const left = parts.length - visible.length;
  return left === 0 ? texts : [...texts, `(${leftOutText(left, "more use")})`];
}

/** What went into the uses and came out, under its names: for the images among it. */
export function imagesInUses({
  graph,
  received,
}: Pick<UsesView, "graph" | "received">): readonly { readonly name: string; readonly value: unknown }[] {
  const nodes = evenly(received.parts, usualAmount.uses).flatMap(({ use, index }) => {
    const node = use?.node ?? (graph.nodes[index] as Node);
    return [...graph.parentsOf(node).slice(0, usualAmount.inputs), node];
  });
  return nodes.map((node) => ({ name: graph.nameOf(node), value: graph.valueOf(node) }));
}

interface ValueView {
  readonly graph: Graph;
  readonly variable: Variable;
  readonly images: Images;
  /** The most characters of a value by the settings, and of any text by the room that there is. */
  readonly value: number;
  readonly text: number;
}

/** The call that took the value, what else went in, and what it gave. */
function useLines(view: ValueView, { use, index }: FeedbackPart, maxInputs: number): string[] {
  const { graph, text, value } = view;
  const node = use?.node ?? (graph.nodes[index] as Node);
  // A batch only lists the outputs of its runs.
  if (node.op === "batchify") return ["## The output of the run"];
  const parents = graph.parentsOf(node);
  const own: Node = view.variable.parameter;
  const { places, left } = otherInputs(parents, own, maxInputs);
  const share = Math.floor((8 * value) / Math.max(1, places.length));
  const limit = Math.max(minValueLength, Math.min(text, value, share));
  return [
    `## ${callOf(graph, node, { maxInputs: text, always: parents.indexOf(own) })}`,
    ...places.map((place) => `${inputNameOf(node, place)} = ${valueOf(view, parents[place] as Node, limit)}`),
    ...(left === 0 ? [] : [`(${leftOutText(left, "more input")})`]),
    `${node instanceof ExceptionNode ? "It failed" : "Output"}: ${valueOf(view, node, Math.min(text, value))}`,
  ];
}

const minValueLength = 40;

/** The first place of each of the first inputs but `own`, and how many places there are after them. */
function otherInputs(parents: readonly Node[], own: Node, most: number) {
  const seen = new Set<Node>([own]);
  const places: number[] = [];
  let at = 0;
  for (; at < parents.length && places.length < most; at++) {
    const parent = parents[at] as Node;
    if (!seen.has(parent)) places.push(at);
    seen.add(parent);
  }
  const hasOwn = parents.includes(own, at);
  return { places, left: parents.length - at - (hasOwn ? 1 : 0) };
}

function feedbackLines(
  { graph, text }: ValueView,
  { record, use, passed }: FeedbackPart,
  limit: number,
): readonly string[] {
  const after = passedLines(graph, passed, { own: use?.node, limit: text });
  const title = after.length === 0 ? "Feedback:" : `Feedback on ${endsText(graph, passed)}:`;
  const lines = after.length === 0 ? [] : ["Then:", ...after];
  return [...lines, title, fenced(feedbackWithin(record, limit))];
}

function valueOf({ graph, variable, images }: ValueView, node: Node, limit: number): string {
  const value = graph.valueOf(node);
  const text = variable.value;
  return preview(typeof text === "string" ? withNamedText(value, text, variable.name) : value, limit, namesIn(images));
}

const [maxOperations, maxDocLength] = [5, 300];

/** What the operations do that take a parameter, each operation once. */
export function operationLines(parts: readonly FeedbackPart[]): readonly string[] {
  const lines = new Set<string>();
  for (const { use } of parts) {
    if (lines.size === maxOperations) break;
    const { op, doc } = use?.node ?? {};
    if (doc !== undefined && doc !== "") lines.add(`- ${op}: ${cut(doc, maxDocLength)}`);
  }
  return [...lines];
}
