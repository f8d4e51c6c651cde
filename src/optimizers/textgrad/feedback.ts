/** What feedback each value gets: passed on unchanged by its successors, or gathered from all of them. */

import { type FeedbackImage, type FeedbackRecord, feedbackText } from "../../graph/feedback.ts";
import type { Graph } from "../../graph/graph.ts";
import { callOf } from "../../graph/show.ts";
import { ExceptionNode, type Node } from "../../nodes/node.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { append } from "../../util/collections.ts";
import { leftOutText } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
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

/** How feedback goes from the output of an operation to its inputs. */
export type Passage =
  /** A model says what it means for each input. */
  | "judged"
  /** As it is, through a structural operator or the link between two steps of an episode. */
  | "structural"
  /** As it is, with the call that it went through: code without a model says by itself what it did. */
  | "plain";

/**
 * How feedback on `node` goes to its inputs. A bundle is never structural by its name alone, nor is an operator that
 * failed.
 */
export function passageOf(node: Node, { passThrough, judge }: PassageSettings): Passage {
  if (isStructural(node)) return "structural";
  const { kind, name, async } = node.operation;
  if (kind !== "exception" && passThrough.includes(name)) return "plain";
  const isPlain = async === false && node.details?.async !== true;
  return judge === "models" && isPlain ? "plain" : "judged";
}

/** Whether an operation only puts values together, picks from them or copies them. */
export function isStructural({ operation: { kind, name, inputs } }: Node): boolean {
  if (kind !== "operator") return false;
  // A step of a real environment, which takes only the action, decides what comes next; the link of a chain does not,
  // nor does what is seen after a step.
  const isSeen = name === "observation" && inputs[0] === "step";
  return structural.has(name) || (name === "environment_step" && inputs.length === 2) || isSeen;
}

/** What decides the {@link Passage}: see `GradientSettings`. */
export interface PassageSettings {
  readonly passThrough: readonly string[];
  readonly judge: "models" | "all";
}

/** Whether feedback asks for nothing: its score is the best that there is. */
function isBest({ score }: FeedbackRecord, graph: Graph, maxScore: number | null): boolean {
  return maxScore !== null && score !== undefined && score >= maxScore && graph.error === undefined;
}

/** The places of a batch's members, or of all inputs of a single output, that have the best score. */
export function placesOfBest(graph: Graph, feedback: FeedbackRecord, maxScore: number | null): ReadonlySet<number> {
  const members = graph.judged(feedback);
  const places = [...graph.parentsOf(graph.output as Node).keys()];
  const isSingle = members.length === 0 && graph.output.op !== "batchify";
  if (isSingle) return new Set(isBest(feedback, graph, maxScore) ? places : []);
  return new Set(
    places.filter((at) => members[at] !== undefined && isBest(members[at].feedback, members[at].graph, maxScore)),
  );
}

/** How many runs of a batch have the best score and depend on a parameter. */
export function countOfBest(
  graph: Graph,
  feedback: FeedbackRecord,
  maxScore: number | null,
  parameter: Parameter,
): number {
  const best = placesOfBest(graph, feedback, maxScore);
  const members = graph.judged(feedback);
  return [...best].filter((at) => members[at]?.graph.parameters.includes(parameter) === true).length;
}

/** A part that goes to one input of an operation. */
export interface PassedFeedback {
  readonly input: JudgedInput;
  readonly part: FeedbackPart;
  /** The feedback on this input's own run, where it is known; undefined means: as for the node. */
  readonly origin: FeedbackRecord | undefined;
}

/** A node with the feedback on it, whole and in parts, and the feedback on the output of its graph. */
export interface NodeFeedback {
  readonly graph: Graph;
  readonly outputFeedback: FeedbackRecord;
  readonly step: PlannedNode;
  readonly record: FeedbackRecord;
  readonly parts: readonly FeedbackPart[];
}

/** Passes feedback to each input. A member that is in a batch twice gets feedback twice. */
export function passFeedback(feedback: NodeFeedback, isPlain: boolean): readonly PassedFeedback[] {
  const { graph, step, parts } = feedback;
  const { node, inputs, index } = step;
  if (node.op === "batchify") return passToMembers(feedback);
  const from = graph.nameOf(node);
  const given = parts.map((part): FeedbackPart => {
    if (isPlain) return { index, from, record: part.record, use: step, passed: passedThrough(node, part.passed) };
    return part.use === undefined ? { ...part, index, from } : part;
  });
  return inputs.flatMap((input) => given.map((part) => ({ input, part, origin: undefined })));
}

function passToMembers({ graph, outputFeedback, step, record }: NodeFeedback): readonly PassedFeedback[] {
  const { node, inputs, index } = step;
  const judged = node === graph.output ? graph.judged(outputFeedback) : [];
  return inputs.flatMap((input) =>
    input.places.map((place) => {
      const given = judged[place]?.feedback ?? record;
      const own = given === record ? forMember(record, place) : given;
      const part = { index, from: graph.nameOf(node), record: own, use: undefined, passed: [] };
      return { input, part, origin: own === record ? undefined : own };
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

/** A call that feedback went through as it was. */
export interface PassedCall {
  readonly node: Node;
  /** How many calls before it are left out. */
  readonly left: number;
}

/** What a value is told, by one way from an output or from a judged operation. */
export interface FeedbackPart {
  /** The successor that told it, by its index among the nodes of the graph, which orders the parts, and by its name. */
  readonly index: number;
  readonly from: string;
  readonly record: FeedbackRecord;
  /** The operation that took the value, structural operators aside; undefined where they alone lead to the output. */
  readonly use: PlannedNode | undefined;
  /** The calls between the value and what the record speaks of, the nearest first. */
  readonly passed: readonly PassedCall[];
}

/** How many calls on the way are named: the first and the last ones. */
const maxPassed = 8;

/** A way with one more call at its beginning. */
function passedThrough(node: Node, passed: readonly PassedCall[]): readonly PassedCall[] {
  const all = [{ node, left: 0 }, ...passed];
  if (all.length <= maxPassed) return all;
  const middle = maxPassed / 2;
  const [dropped, next] = [all[middle] as PassedCall, all[middle + 1] as PassedCall];
  return all.toSpliced(middle, 2, { node: next.node, left: next.left + dropped.left + 1 });
}

const maxPassedValue = 300;

/** What is told of the way: a line each call, with what it gave. */
export function passedLines(graph: Graph, passed: readonly PassedCall[]): readonly string[] {
  return passed.flatMap(({ node, left }) => {
    const value = preview(graph.valueOf(node), maxPassedValue);
    const gave = node instanceof ExceptionNode ? `threw ${value}` : value;
    const line = `${callOf(graph, node)} // ${gave}`;
    return left === 0 ? [line] : [`(${left} more ${left === 1 ? "call" : "calls"})`, line];
  });
}

/** The words of a part, behind the calls that its feedback passed. */
function partText(graph: Graph, { record, passed }: Pick<FeedbackPart, "record" | "passed">): string {
  const last = passed.at(-1);
  if (last === undefined) return feedbackText(record);
  return [...passedLines(graph, passed), `On ${graph.nameOf(last.node)}: ${feedbackText(record)}`].join("\n");
}

/** All feedback on a value. */
export interface GatheredFeedback {
  readonly parts: readonly FeedbackPart[];
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
export function gatherFeedback(graph: Graph, all: readonly FeedbackPart[]): GatheredFeedback {
  const parts = all.toSorted((a, b) => a.index - b.index);
  const records = new Set(parts.map(({ record }) => record));
  const images = [...new Set([...records].flatMap((record) => record.images ?? []))];
  const namesByText = new Map<string, string[]>();
  for (const part of parts) append(namesByText, partText(graph, part), part.from);
  const isOne = records.size === 1 && namesByText.size === 1;
  const texts = [...namesByText].map(([text, names]) => (isOne ? text : `From ${listNames(names)}: ${text}`));
  return { parts, only: isOne ? onlyOf(parts, texts) : undefined, texts, images };
}

/** The feedback of parts that all say the same of one record. */
function onlyOf(parts: readonly FeedbackPart[], texts: readonly string[]): FeedbackRecord | undefined {
  const [first] = parts;
  if (first === undefined || first.passed.length === 0) return first?.record;
  const { images } = first.record;
  return { text: texts.join("\n"), ...(images === undefined ? {} : { images }) };
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
  return { text: `${text}\n(${leftOutText(left, "more image")})`, images: images.slice(0, maxImages) };
}
