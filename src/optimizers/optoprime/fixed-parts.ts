/** Writes the parts of a prompt that do not depend on how much of the runs is written. */

import { feedbackText, feedbackWithin } from "../../graph/feedback-text.ts";
import { cut, cutToShare } from "../../util/cut.ts";
import type { Problem, Variable } from "../problem.ts";
import { type Images, imageText } from "../prompt/images.ts";
import { fenced, valueText, variableLines } from "../prompt/text.ts";
import { type OptoPrimeRound, roundText } from "./memory.ts";
import { imageValueText } from "./prompt-text.ts";

/** What goes into a prompt beside the problem. */
export interface Rendering {
  readonly objective: string;
  /** What the user says of the task beside the program. */
  readonly problemContext?: string | null | undefined;
  /** Past steps, in the order in which they are shown. */
  readonly memory: readonly OptoPrimeRound[];
  /** By what they are ordered. Default: `"recent"`. */
  readonly memoryOrder?: "recent" | "score";
  /** Whether each past step is headed by its score. Default: false. */
  readonly memoryScores?: boolean;
  /** What a model said of the runs because they do not fit. */
  readonly summary?: string | undefined;
  /** What a search says beside the problem. */
  readonly note?: string | undefined;
  /** The images that go with the prompt. Default: none. */
  readonly images?: Images;
  /** The most characters of the prompt. */
  readonly maxCharacters: number;
  /** The most characters of a value, where all of them fit so. Default: see `render`. */
  readonly maxValueCharacters?: number | null | undefined;
  /** How the answer is to be given. */
  readonly instructions: string;
  /** How short the parts that are usually whole are made, from 0 (whole) to {@link tightest}. Default: 0. */
  readonly tightness?: number;
}

/** The most that may be left of the parts that are usually whole, as shares of the prompt; by tightness. */
const shares = [
  { feedback: Infinity, variables: Infinity, docs: Infinity, context: Infinity },
  { feedback: 0.5, variables: Infinity, docs: Infinity, context: Infinity },
  { feedback: 0.3, variables: 0.4, docs: 0.1, context: 0.1 },
  { feedback: 0.15, variables: 0.2, docs: 0.05, context: 0.05 },
] as const;

/** The largest tightness there is. */
export const tightest: number = shares.length - 1;

/** The parts, each within its share of the prompt. */
export interface FixedParts {
  readonly context: string | undefined;
  readonly docs: readonly string[];
  readonly past: readonly string[];
  readonly variables: readonly string[];
  /** The feedback on all runs together; undefined where each has its own. */
  readonly feedback: string | undefined;
  readonly runFeedback: readonly string[];
}

/** The parts of a prompt that are usually whole, in the room that is left for them. */
export function fixedPartsOf(problem: Problem, rendering: Rendering): FixedParts {
  const { images = new Map(), maxCharacters, tightness = 0, problemContext } = rendering;
  const share = shares[tightness as 0];
  const room = (part: keyof typeof share) => maxCharacters * share[part];
  const { variables, docs, feedback } = problem;
  const types = new Set<string>();
  const runFeedback = feedbackByRun(problem, room("feedback"));
  const values = cutToShare(
    variables.map(({ value }) => imageText(value, images) ?? valueText(value)),
    room("variables"),
  );
  return {
    context: isBlank(problemContext) ? undefined : cut(problemContext as string, room("context")),
    past: pastSteps(rendering),
    docs: cutToShare(
      docs.map(({ name, doc }) => `[${name}] ${doc}`),
      room("docs"),
    ),
    variables: variables.map((variable, index) => variableText(variable, values[index] as string, types)),
    feedback: runFeedback.length > 0 ? undefined : feedbackWithin(feedback, room("feedback")),
    runFeedback,
  };
}

/** Whether a text is absent, or white space alone. */
export function isBlank(text: string | null | undefined): boolean {
  return text === undefined || text === null || text.trim() === "";
}

/** The feedback on each run, where that is known: where it is too long, the longest texts are cut first. */
function feedbackByRun({ feedback, runs }: Problem, room: number): readonly string[] {
  if (runs.length === 1) return [feedbackWithin(feedback, room)];
  const each = runs.flatMap((run) => (run.feedback === undefined ? [] : [feedbackText(run.feedback)]));
  return each.length === runs.length ? cutToShare(each, room) : [];
}

function pastSteps({ memory, memoryOrder = "recent", memoryScores = false }: Rendering): readonly string[] {
  if (memory.length === 0) return [];
  const order = memoryOrder === "recent" ? "Oldest first." : "From the lowest score to the highest.";
  const rounds = memory.map((round, index) => roundText(round, { number: index + 1, withScore: memoryScores }));
  return [`${order} The present values and the feedback on them follow below.`, ...rounds];
}

function variableText(variable: Variable, value: string, types: Set<string>): string {
  const image = variable.parameter.kind === "image" ? [imageValueText] : [];
  return [...variableLines(variable, types), ...image, fenced(value)].join("\n");
}
