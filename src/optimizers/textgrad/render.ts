/**
 * Shows one operation of a run with the feedback on its output, within limits: the same operation gives the same bytes.
 */

import { type FeedbackRecord, feedbackWithin } from "../../graph/feedback.ts";
import type { Graph } from "../../graph/graph.ts";
import { callOf } from "../../graph/show.ts";
import type { Message } from "../../llm/llm.ts";
import { ExceptionNode, type Node } from "../../nodes/node.ts";
import { inputNameOf } from "../../nodes/operation.ts";
import { Parameter } from "../../nodes/parameter.ts";
import { cut } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import { typeName } from "../../util/type-name.ts";
import { fenced } from "../prompt/fence.ts";
import { contentOf, type Images, imagesAmong, withoutImages } from "../prompt/images.ts";
import type { Input, Step } from "./plan.ts";
import { sections } from "./text.ts";
import { mostImages } from "./told.ts";

/** What is shown of an operation. */
export interface View {
  readonly graph: Graph;
  readonly step: Step;
  /** The feedback on its output. */
  readonly told: FeedbackRecord;
  readonly limits: ViewLimits;
}

/** How much is shown, in characters. */
export interface ViewLimits {
  /** Of one value. All inputs together get eight times as much. */
  readonly value: number;
  readonly feedback: number;
}

const [docLimit, leastValue, mostInputs] = [2_000, 40, 100];

/**
 * The message that shows an operation: the inputs that are judged, as their hints are numbered, and all the rest; with
 * the images among the values and in the feedback.
 */
export function operationMessage(view: View, judged: readonly Input[], task: string): Message {
  const { graph, step, told } = view;
  const places = new Set(judged.flatMap((input) => input.places));
  const parents = graph.parentsOf(step.node);
  const others = parents.map((_, place) => place).filter((place) => !places.has(place));
  const shown = others.slice(0, Math.max(0, mostInputs - judged.length));
  const seen = [step.node, ...[...places, ...shown].map((place) => parents[place] as Node)];
  const values = seen.map((node) => ({ name: graph.nameOf(node), value: graph.valueOf(node) }));
  const images = imagesAmong(values, mostImages);
  const prompt = operationPrompt(view, { judged, others, shown, task, images });
  return messageOf(prompt, told, images);
}

interface Shown {
  readonly judged: readonly Input[];
  /** The places of the other inputs, and of those that are shown. */
  readonly others: readonly number[];
  readonly shown: readonly number[];
  readonly task: string;
  readonly images: Images;
}

function operationPrompt({ graph, step, told, limits }: View, { judged, others, shown, task, images }: Shown): string {
  const { node } = step;
  const share = Math.floor((8 * limits.value) / (judged.length + shown.length));
  const limit = Math.max(leastValue, Math.min(limits.value, share));
  const lines = shown.map((place) => inputLine({ graph, node, images }, [place], limit));
  const left = others.length - shown.length;
  if (left > 0) lines.push(`(${left} more inputs are left out.)`);
  const numbered = judged.map(({ places }, at) => `${at + 1}. ${inputLine({ graph, node, images }, places, limit)}`);
  return sections([
    ["Operation", `${cut(callOf(graph, node), docLimit)}\n${docOf(node)}`.trimEnd()],
    ["Inputs to judge", numbered.join("\n")],
    ["Other inputs", lines.join("\n")],
    [node instanceof ExceptionNode ? "It failed" : "Output", valueText(graph.valueOf(node), limits.value, images)],
    ["Feedback on the output", fenced(feedbackWithin(told, limits.feedback))],
    ["Your task", task],
  ]);
}

/** The message of a prompt, with the images of which it tells and those of the feedback. */
export function messageOf(prompt: string, { images = [] }: FeedbackRecord, told: Images = new Map()): Message {
  return { role: "user", content: contentOf(prompt, told, { images: images.slice(0, mostImages) }) };
}

/** How an input is spoken of: the names under which it went in, and its own. */
export function inputLabel(graph: Graph, node: Node, { places, node: parent }: Input): string {
  return label(graph, node, places, parent);
}

function label(graph: Graph, node: Node, places: readonly number[], parent: Node): string {
  const inputs = places.map((place) => inputNameOf(node, place)).join(" and ");
  const own = graph.nameOf(parent);
  return inputs === own ? `\`${own}\`` : `\`${inputs}\` (\`${own}\`)`;
}

interface Operation {
  readonly graph: Graph;
  readonly node: Node;
  readonly images: Images;
}

function inputLine({ graph, node, images }: Operation, places: readonly number[], limit: number): string {
  const parent = graph.parentsOf(node)[places[0] as number] as Node;
  const value = graph.valueOf(parent);
  const isRoot = graph.parentsOf(parent).length === 0;
  const about = isRoot ? [parent.doc, parent instanceof Parameter ? constraintOf(parent) : undefined] : [];
  const said = about.filter((part) => part !== undefined && part !== "").join(" ");
  const doc = said === "" ? "" : ` // ${cut(said.replace(/\s+/g, " "), docLimit)}`;
  const type =
    parent instanceof Parameter ? `${parent.trainable ? "" : "fixed "}${parent.kind} parameter` : typeName(value);
  return `${label(graph, node, places, parent)}, ${type} = ${valueText(value, limit, images)}${doc}`;
}

function constraintOf({ constraint }: Parameter): string | undefined {
  return constraint === undefined ? undefined : `Constraint: ${constraint}`;
}

function docOf(node: Node): string {
  return node.doc === undefined || node.doc === "" ? "" : `[${node.op}] ${cut(node.doc, docLimit)}`;
}

/** A value in a prompt; of the images in it, which ones they are. */
function valueText(value: unknown, limit: number, images: Images): string {
  return preview(withoutImages(value, images), limit);
}
