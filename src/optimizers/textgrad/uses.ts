/** The uses of a parameter in the runs, as its rewrite reads them: what went in, what came out, and the feedback. */

import { feedbackWithin } from "../../graph/feedback.ts";
import type { Graph } from "../../graph/graph.ts";
import { callOf } from "../../graph/show.ts";
import { ExceptionNode, type Node } from "../../nodes/node.ts";
import { inputNameOf } from "../../nodes/operation.ts";
import { cut, leftOutText } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import type { Variable } from "../problem.ts";
import { type Images, namesIn } from "../prompt/images.ts";
import { withNamedText } from "../prompt/named-text.ts";
import { fenced } from "../prompt/text.ts";
import type { ReceivedFeedback } from "./backward.ts";
import { type FeedbackPart, passedLines } from "./feedback.ts";

/** What the uses of a parameter are written from. */
export interface UsesView {
  readonly graph: Graph;
  readonly variable: Variable;
  readonly received: ReceivedFeedback;
  /** The images that go with the prompt. */
  readonly images: Images;
  /** The most characters of one value, and of one feedback. */
  readonly limits: { readonly value: number; readonly feedback: number };
}

/** The most uses that are listed, and the most characters of all of them, of which each has its share. */
const [maxUses, maxLength, minShare] = [40, 24_000, 300];

/** A text for each use, with the feedback unless that was put together from all of them. */
export function usesText({ graph, variable, received, images, limits }: UsesView): readonly string[] {
  const { parts, isReduced } = received;
  const visible = evenly(parts, maxUses);
  const share = Math.max(minShare, Math.floor(maxLength / visible.length));
  const view = { graph, variable, images, limit: Math.min(limits.value, share) };
  const texts = visible.map((part) => {
    const lines = useLines(view, part);
    if (!isReduced) lines.push(...feedbackLines(graph, part, Math.min(limits.feedback, share)));
    return lines.join("\n");
  });
  const left = parts.length - visible.length;
  return left === 0 ? texts : [...texts, `(${leftOutText(left, "more use")})`];
}

function evenly<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)] as T);
}

/** What went into the uses and came out, under its names: for the images among it. */
export function imagesInUses({
  graph,
  received,
}: Pick<UsesView, "graph" | "received">): readonly { readonly name: string; readonly value: unknown }[] {
  const nodes = evenly(received.parts, maxUses).flatMap(({ use, index }) => {
    const node = use?.node ?? (graph.nodes[index] as Node);
    return [...graph.parentsOf(node), node];
  });
  return nodes.map((node) => ({ name: graph.nameOf(node), value: graph.valueOf(node) }));
}

interface ValueView {
  readonly graph: Graph;
  readonly variable: Variable;
  readonly images: Images;
  readonly limit: number;
}

/** The call that took the value, what else went in, and what it gave. */
function useLines(view: ValueView, { use, index }: FeedbackPart): string[] {
  const { graph } = view;
  const node = use?.node ?? (graph.nodes[index] as Node);
  // A batch only lists the outputs of its runs.
  if (node.op === "batchify") return ["## The output of the run"];
  const lines = [`## ${callOf(graph, node)}`];
  const parents = graph.parentsOf(node);
  for (const parent of new Set(parents)) {
    if (parent === view.variable.parameter) continue;
    lines.push(`${inputNameOf(node, parents.indexOf(parent))} = ${valueOf(view, parent)}`);
  }
  lines.push(`${node instanceof ExceptionNode ? "It failed" : "Output"}: ${valueOf(view, node)}`);
  return lines;
}

function feedbackLines(graph: Graph, { record, use, passed }: FeedbackPart, limit: number): readonly string[] {
  const after = passed.filter(({ node }) => node !== use?.node);
  const last = after.at(-1)?.node;
  const title = last === undefined ? "Feedback:" : `Feedback on ${graph.nameOf(last)}:`;
  const lines = last === undefined ? [] : ["Then:", ...passedLines(graph, after)];
  return [...lines, title, fenced(feedbackWithin(record, limit))];
}

function valueOf({ graph, variable, images, limit }: ValueView, node: Node): string {
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
