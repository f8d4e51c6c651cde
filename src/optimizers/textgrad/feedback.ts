/** What feedback each value gets: passed on unchanged by its successors, or gathered from all of them. */

import { type FeedbackImage, type FeedbackRecord, feedbackText } from "../../graph/feedback.ts";
import type { Graph, MemberFeedback } from "../../graph/graph.ts";
import type { Node } from "../../nodes/node.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { append } from "../../util/collections.ts";
import { leftOutText } from "../../util/cut.ts";
import { maxImages } from "../prompt/images.ts";
import { type FeedbackPart, noCalls, partText, passedThrough } from "./parts.ts";
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

/** Which runs need no feedback, by the places of their outputs: those of a batch, or of all inputs of a single run. */
export interface BestRuns {
  readonly places: ReadonlySet<number>;
  /** The runs of a batch that have the best score, each with its feedback. */
  readonly members: readonly MemberFeedback[];
}

/** The runs with the best score: `maxScore` or, where that is null, the one that their feedback names. */
export function bestRunsOf(graph: Graph, feedback: FeedbackRecord, maxScore: number | null): BestRuns {
  const isBest = (run: MemberFeedback): boolean => {
    const { score, maxScore: highest = Number.POSITIVE_INFINITY } = run.feedback;
    return score !== undefined && score >= (maxScore ?? highest) && run.graph.error === undefined;
  };
  const judged = graph.judged(feedback);
  const places = [...graph.parentsOf(graph.output as Node).keys()];
  if (judged.length === 0) {
    const isSingle = graph.output.op !== "batchify";
    return { places: new Set(isSingle && isBest({ graph, feedback }) ? places : []), members: [] };
  }
  const best = places.filter((at) => judged[at] !== undefined && isBest(judged[at]));
  return { places: new Set(best), members: best.map((at) => judged[at] as MemberFeedback) };
}

/** Those of the best runs that depend on a parameter. */
export function bestRunsWith(parameter: Parameter, { members }: BestRuns): readonly MemberFeedback[] {
  return members.filter(({ graph }) => graph.parameters.includes(parameter));
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
    if (isPlain) return { index, from, record: part.record, use: step, passed: passedThrough(step, part.passed) };
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
      const part = { index, from: graph.nameOf(node), record: own, use: undefined, passed: noCalls };
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
  if (first === undefined || first.passed.count === 0) return first?.record;
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
