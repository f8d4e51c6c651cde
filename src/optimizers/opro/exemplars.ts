/** What the current solution did: some members of the batch as input, output and feedback, in bounded text. */

import type { Credit } from "../../graph/credit.ts";
import type { FeedbackRecord } from "../../graph/feedback-record.ts";
import { feedbackText } from "../../graph/feedback-text.ts";
import { type Graph, LearningGraph } from "../../graph/graph.ts";
import { minimalSubgraph } from "../../graph/propagators.ts";
import { minimalSubgraphOf } from "../../graph/subgraph.ts";
import type { Parameter } from "../../nodes/parameter.ts";
import { shorten } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import { contextOf, type Problem, problemOf } from "../problem.ts";
import { namesIn } from "../prompt/images.ts";

/** One run of the program, as the prompt shows it. */
export interface Exemplar {
  readonly input: string;
  readonly output: string;
  /** Undefined where the feedback on this member alone is not known. */
  readonly feedback: string | undefined;
  readonly score: number | undefined;
}

/** The runs behind a credit, as the prompt shows them. */
export interface Exemplars {
  readonly items: readonly Exemplar[];
  /** The feedback on all of them, where that on each is not known. */
  readonly feedback: string | undefined;
}

/** The images inside inputs and outputs are not shown, only named. */
const noImages = namesIn(new Map());

/** The most characters of an input, an output and a feedback; and of one value among several inputs. */
const maxPartLength = 1_200;
const maxInputLength = 400;

/** The first `max` members of the credit's batch: a batch is sampled at random, so these are a random choice too. */
export function exemplarsOf(credit: Credit, problem: Problem, own: readonly Parameter[], max: number): Exemplars {
  if (max === 0) return { items: [], feedback: undefined };
  const graph = graphOf(credit, own);
  const members = graph instanceof LearningGraph && graph.batched ? graph.members : undefined;
  const whole = shorten(feedbackText(problem.feedback), maxPartLength);
  if (graph === undefined) return { items: [], feedback: whole };
  if (members === undefined) return { items: [exemplarOf(problem, graph, problem.feedback)], feedback: undefined };
  const judged = graph.judged(credit.feedback);
  const items = members
    .slice(0, max)
    .map((member, index) => exemplarOf(problemWithin(member, own), member, judged[index]?.feedback));
  return { items, feedback: judged.length === 0 ? whole : undefined };
}

/** The graph behind the first signal for these parameters. Undefined when only the feedback was carried. */
function graphOf({ signals }: Credit, own: readonly Parameter[]): Graph | undefined {
  const first = own.find((parameter) => signals.has(parameter));
  return first === undefined ? undefined : signals.get(first)?.subgraph?.graph;
}

/** The problem as one member of a batch sees it. Undefined for a member that depends on no parameter. */
function problemWithin(member: Graph, own: readonly Parameter[]): Problem | undefined {
  const { parameters } = minimalSubgraphOf(member);
  if (!parameters.some((parameter) => own.includes(parameter))) return undefined;
  return problemOf(minimalSubgraph.propagate(member, {}), own);
}

function exemplarOf(problem: Problem | undefined, graph: Graph, feedback: FeedbackRecord | undefined): Exemplar {
  const output =
    graph.error === undefined ? preview(graph.value, maxPartLength, noImages) : `failed: ${graph.error.message}`;
  return {
    input: shorten(inputText(problem), maxPartLength),
    output: shorten(output, maxPartLength),
    ...judgementOf(feedback),
  };
}

/** What was said of a run without its score, which is written on the scale of the solutions. */
function judgementOf(feedback: FeedbackRecord | undefined): Pick<Exemplar, "feedback" | "score"> {
  const { score, ...said } = feedback ?? {};
  const text = feedbackText(said);
  return { feedback: text === "" ? undefined : shorten(text, maxPartLength), score };
}

function inputText(problem: Problem | undefined): string {
  const lines: string[] = [];
  let left = maxPartLength;
  for (const { name, value, role } of problem === undefined ? [] : contextOf(problem)) {
    if (role !== "input") continue;
    // What comes after is cut anyway, and an episode may have very many inputs.
    if (left < 0) break;
    const line = `${name} = ${preview(value, maxInputLength, noImages)}`;
    left -= line.length;
    lines.push(line);
  }
  return lines.length === 0 ? "(none)" : lines.join("\n");
}
