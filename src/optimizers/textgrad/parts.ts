/** The feedback on a value, in parts: what one successor gave, and the calls that it went through as it was. */

import { type FeedbackRecord, feedbackText } from "../../graph/feedback.ts";
import type { Graph } from "../../graph/graph.ts";
import { callOf } from "../../graph/show.ts";
import { ExceptionNode, type Node } from "../../nodes/node.ts";
import { getOrSet } from "../../util/collections.ts";
import { preview } from "../../util/preview.ts";
import type { PlannedNode } from "./plan.ts";

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
export function passedThrough(step: PlannedNode, { calls, count, isExact, ends }: PassedCalls): PassedCalls {
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
export function partText(graph: Graph, { record, passed }: FeedbackPart): string {
  const ends = endsText(graph, passed);
  if (ends === undefined) return feedbackText(record);
  return [...passedLines(graph, passed), `On ${ends}: ${feedbackText(record)}`].join("\n");
}
