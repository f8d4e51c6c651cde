/** Plans a backward pass before anything is spent: which nodes get feedback, level by level, and how it passes each. */

import { NoParameterError } from "../../graph/credit.ts";
import { combine } from "../../graph/feedback.ts";
import type { FeedbackRecord } from "../../graph/feedback-record.ts";
import type { Graph, MemberFeedback } from "../../graph/graph.ts";
import type { Node } from "../../nodes/node.ts";
import { Parameter } from "../../nodes/parameter.ts";
import { getOrSet } from "../../util/collections.ts";

/** An input of a node that leads to a parameter. */
export interface JudgedInput {
  readonly node: Node;
  /** Its index among the graph's nodes. */
  readonly index: number;
  /** Its positions among the node's parents: a value that went in twice is one input with two places. */
  readonly places: readonly number[];
}

/** A node, with its inputs that lead to a parameter. */
export interface PlannedNode {
  readonly node: Node;
  readonly index: number;
  readonly inputs: readonly JudgedInput[];
}

/** What a backward pass is about. */
export interface PlanScope {
  /** The parameters to reach. Default: all trainable ones. */
  readonly targets: ReadonlySet<Parameter> | undefined;
  /** The places of the output's inputs that need no feedback. */
  readonly spared: ReadonlySet<number>;
}

/** The levels of a backward pass. All successors of a node are in earlier levels, so a level can be done at once. */
export interface BackwardPlan {
  readonly levels: readonly (readonly PlannedNode[])[];
  /** The parameters that the output depends on, in the order of the graph; also those that no feedback reaches. */
  readonly parameters: readonly Parameter[];
}

/**
 * Plans the pass from the output to the targets. Time is linear in nodes and edges.
 * @throws NoParameterError when the output depends on none of them.
 */
export function planOf(graph: Graph, { targets, spared }: PlanScope): BackwardPlan {
  const { nodes } = graph;
  const leads = new Uint8Array(nodes.length);
  const parameters: Parameter[] = [];
  for (const [at, node] of nodes.entries()) {
    node.slot = at;
    if (node instanceof Parameter && node.trainable && (targets?.has(node) ?? true)) {
      parameters.push(node);
      leads[at] = 1;
    } else if (graph.parentsOf(node).some((parent) => leads[parent.slot] === 1)) leads[at] = 1;
  }
  if (parameters.length === 0) throw new NoParameterError(graph);
  return { levels: levelsOf(graph, leads, spared), parameters };
}

/**
 * The level of a node is its longest path to the output. Children come after parents, so one loop from the end finds
 * it.
 */
function levelsOf(graph: Graph, leads: Uint8Array, spared: ReadonlySet<number>): readonly (readonly PlannedNode[])[] {
  const { nodes } = graph;
  // Levels count from 1; 0 is of a node that no feedback reaches.
  const level = new Uint32Array(nodes.length);
  level[nodes.length - 1] = 1;
  const levels: PlannedNode[][] = [];
  for (let index = nodes.length - 1; index >= 0; index--) {
    const own = level[index] as number;
    if (leads[index] === 0 || own === 0) continue;
    const node = nodes[index] as Node;
    const inputs = inputsOf(graph, node, leads, node === graph.output ? spared : none);
    for (const input of inputs) level[input.index] = Math.max(level[input.index] as number, own + 1);
    (levels[own - 1] ??= []).push({ node, index, inputs });
  }
  return levels.map((steps) => steps.reverse());
}

const none: ReadonlySet<number> = new Set();

function inputsOf(graph: Graph, node: Node, leads: Uint8Array, spared: ReadonlySet<number>): readonly JudgedInput[] {
  const inputs = new Map<Node, { node: Node; index: number; places: number[] }>();
  for (const [place, parent] of graph.parentsOf(node).entries()) {
    if (leads[parent.slot] === 0 || spared.has(place)) continue;
    getOrSet(inputs, parent, () => ({ node: parent, index: parent.slot, places: [] })).places.push(place);
  }
  return [...inputs.values()];
}

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

/** The feedback on the best runs that depend on a parameter; undefined where there is no batch of them. */
export function praiseOf(parameter: Parameter, best: BestRuns): FeedbackRecord | undefined {
  const [first, ...others] = bestRunsWith(parameter, best).map((run) => run.feedback);
  return first === undefined || others.length === 0 ? first : combine([first, ...others]);
}
