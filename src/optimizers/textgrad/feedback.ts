/** The feedback on a value in parts: what each successor gave, how it passes on, and what is gathered. */

import { callOf } from "../../graph/call-text.ts";
import type { FeedbackImage, FeedbackRecord } from "../../graph/feedback-record.ts";
import { feedbackText } from "../../graph/feedback-text.ts";
import type { Graph } from "../../graph/graph.ts";
import { ExceptionNode, type Node } from "../../nodes/node.ts";
import { append, getOrSet } from "../../util/collections.ts";
import { leftOutText } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import { maxImages } from "../prompt/images.ts";
import type { JudgedInput, PlannedNode } from "./plan.ts";

/** Feedback on a value, by all ways from one output or judged operation that lead through one successor. */
export interface FeedbackPart {
  /** The successor that gave it, by its index among the nodes of the graph, which orders the parts, and by its name. */
  readonly index: number;
  readonly from: string;
  readonly record: FeedbackRecord;
  /** The operation that took the value, structural operators aside; undefined where they alone lead to the output. */
  readonly use: PlannedNode | undefined;
  readonly passed: PassedCalls;
}

/** The calls on all ways between a value and what the feedback is on. */
export interface PassedCalls {
  /** In the order of running; of many the first and the last ones. */
  readonly calls: readonly PlannedNode[];
  /** How many there are. */
  readonly count: number;
  /** Whether there are no more than `count`: of ways with calls left out nobody knows which of these they share. */
  readonly isExact: boolean;
  /** What the feedback is on: where the ways end, as many as are named and one more. */
  readonly ends: readonly PlannedNode[];
}

/** No call: the feedback is on the value itself. */
export const noCalls: PassedCalls = { calls: [], count: 0, isExact: true, ends: [] };

/** How many calls are named, one half from the beginning and one from the end; and how many ends. */
const [maxPassed, maxEnds] = [8, 3];

/** Ways with one more call at their beginning. */
function passedThrough(step: PlannedNode, { calls, count, isExact, ends }: PassedCalls): PassedCalls {
  const isFirst = count === 0;
  return { calls: firstAndLast([step, ...calls]), count: count + 1, isExact, ends: isFirst ? [step] : ends };
}

/** The ways of both. */
function joinPassed(one: PassedCalls, other: PassedCalls): PassedCalls {
  const calls = inOrder([...one.calls, ...other.calls]);
  const ends = inOrder([...one.ends, ...other.ends]).slice(0, maxEnds + 1);
  const isExact = isWhole(one) && isWhole(other);
  return { calls: firstAndLast(calls), count: Math.max(one.count, other.count, calls.length), isExact, ends };
}

function isWhole({ calls, count }: PassedCalls): boolean {
  return calls.length === count;
}

function inOrder(steps: readonly PlannedNode[]): readonly PlannedNode[] {
  return [...new Set(steps)].sort((one, other) => one.index - other.index);
}

function firstAndLast(calls: readonly PlannedNode[]): readonly PlannedNode[] {
  const half = maxPassed / 2;
  return calls.length <= maxPassed ? calls : [...calls.slice(0, half), ...calls.slice(-half)];
}

/** The parts that a value gets. One that comes on several ways is one part. */
export class PartList {
  readonly parts: FeedbackPart[] = [];
  readonly #places = new Map<FeedbackRecord, Map<string, number>>();

  add(part: FeedbackPart): void {
    const places = getOrSet(this.#places, part.record, () => new Map<string, number>());
    const key = `${part.index} ${part.use?.index}`;
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, this.parts.length);
      this.parts.push(part);
    } else {
      const known = this.parts[place] as FeedbackPart;
      this.parts[place] = { ...known, passed: joinPassed(known.passed, part.passed) };
    }
  }
}

/** The most characters of one call that was passed and, unless less is asked for, of what it gave. */
const [maxCall, maxGiven] = [600, 300];

/** The calls that were passed, a line each with what it gave; without that of `own`, which stands elsewhere. */
export function passedLines(
  graph: Graph,
  { calls, count, isExact }: PassedCalls,
  { own, limit = maxGiven }: { readonly own?: Node | undefined; readonly limit?: number } = {},
): readonly string[] {
  const left = count - calls.length;
  const note = `(${isExact ? "" : "at least "}${left} more ${left === 1 ? "call" : "calls"})`;
  return calls.flatMap(({ node }, at) => {
    if (node === own) return [];
    const value = preview(graph.valueOf(node), Math.min(limit, maxGiven));
    const gave = node instanceof ExceptionNode ? `threw ${value}` : value;
    const line = `${callOf(graph, node, { maxInputs: Math.min(2 * limit, maxCall) })} // ${gave}`;
    return left > 0 && at === maxPassed / 2 ? [note, line] : [line];
  });
}

/** What feedback is on by name; undefined for the value itself. */
export function endsText(graph: Graph, { ends }: PassedCalls): string | undefined {
  const names = ends.slice(0, maxEnds).map(({ node }) => graph.nameOf(node));
  if (ends.length > maxEnds) names.push("others");
  return names.length <= 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** The words of a part, behind the calls that its feedback passed. */
function partText(graph: Graph, { record, passed }: FeedbackPart): string {
  const ends = endsText(graph, passed);
  if (ends === undefined) return feedbackText(record);
  return [...passedLines(graph, passed), `On ${ends}: ${feedbackText(record)}`].join("\n");
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
