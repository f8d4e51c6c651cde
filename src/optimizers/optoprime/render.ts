/** Writes a problem as a prompt of bounded length: the same problem gives the same bytes. */

import { feedbackWithin } from "../../graph/feedback.ts";
import { cut, cutToShare } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import { charactersPerToken } from "../../util/tokens.ts";
import type { ContextValue, Problem, Variable } from "../problem.ts";
import { type Images, imageText, withoutImages } from "../prompt/images.ts";
import { fenced, joinSections, valueText, variableLines } from "../prompt/text.ts";
import { type OptoPrimeRound, roundText } from "./memory.ts";
import { imageValueText } from "./prompt-text.ts";

/** What goes into a prompt beside the problem. */
export interface Rendering {
  readonly objective: string;
  /** What the user says of the task beside the program. */
  readonly problemContext?: string | null | undefined;
  /** Past steps, in the order in which they are shown. */
  readonly memory: readonly OptoPrimeRound[];
  /** Whether each past step is headed by its score. Default: false. */
  readonly memoryScores?: boolean;
  /** What a search says beside the problem. */
  readonly note?: string | undefined;
  /** The images that go with the prompt. Default: none. */
  readonly images?: Images;
  /** The most tokens of the prompt. */
  readonly maxTokens: number;
  /** How the answer is to be given. */
  readonly instructions: string;
  /** How short the parts that are usually whole are made, from 0 (whole) to {@link tightest}. Default: 0. */
  readonly tightness?: number;
}

/** A prompt, and the values that it holds. */
export interface BoundedPrompt {
  readonly text: string;
  readonly values: readonly ContextValue[];
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

/** How many characters of the call that made a value are kept. */
const maxCall = 2_000;

/** How many characters of a shown value are kept: the first limit at which everything fits is taken. */
const valueLimits = [2_000, 600, 250];

/** The text of {@link render}. */
export function renderPrompt(problem: Problem, rendering: Rendering): string {
  return render(problem, rendering).text;
}

/**
 * The prompt. When it would be longer than the budget, first values are cut shorter, then the calls that are farthest
 * from the output are left out, which the prompt says. Feedback, variables and documentation are cut only as
 * `tightness` says, the objective and the instructions never.
 * @throws TracegradError `prompt-too-large` when those alone exceed the budget.
 */
export function render(problem: Problem, rendering: Rendering): BoundedPrompt {
  const budget = rendering.maxTokens * charactersPerToken;
  const fixed = assemble(problem, rendering, { values: [], lines: [] }).length;
  if (fixed > budget) {
    throw new TracegradError(
      "prompt-too-large",
      "The objective, documentation, variables and feedback alone need about " +
        `${Math.ceil(fixed / charactersPerToken)} tokens, however short they are cut; the prompt may have ` +
        `${rendering.maxTokens}. Raise \`maxPromptTokens\`.`,
    );
  }
  const { images = new Map() } = rendering;
  for (const limit of valueLimits) {
    const lines = linesWithin(problem.context, budget - fixed, (value) => valueLine(value, limit, images));
    if (lines === undefined) continue;
    // The titles of the sections come on top, so only the text itself says whether it fits.
    const text = assemble(problem, rendering, { values: problem.context, lines });
    if (text.length <= budget) return { text, values: problem.context };
  }
  const shortest = (value: ContextValue) => valueLine(value, valueLimits.at(-1) as number, images);
  const values = nearest(problem.context, budget - fixed - noteLength, shortest);
  return { text: assemble(problem, rendering, { values, lines: values.map(shortest) }), values };
}

type LineOf = (value: ContextValue) => string;

const noteLength = 160;

/** What is written of the values; undefined when that is longer than `room` characters. */
function linesWithin(values: readonly ContextValue[], room: number, lineOf: LineOf): readonly string[] | undefined {
  const lines: string[] = [];
  let left = room;
  for (const value of values) {
    const line = lineOf(value);
    left -= lengthOf(value, line);
    if (left < 0) return undefined;
    lines.push(line);
  }
  return lines;
}

/** The values nearest to the output that fit into `room` characters, in the order in which they ran. */
function nearest(values: readonly ContextValue[], room: number, lineOf: LineOf): readonly ContextValue[] {
  const order = values
    .map((value, index) => ({ value, index }))
    .sort((a, b) => a.value.distance - b.value.distance || b.index - a.index);
  const fitting = new Set<ContextValue>();
  let left = room;
  for (const { value } of order) {
    left -= lengthOf(value, lineOf(value));
    if (left < 0) break;
    fitting.add(value);
  }
  return values.filter((value) => fitting.has(value));
}

function lengthOf({ call }: ContextValue, line: string): number {
  return line.length + 1 + (call === undefined ? 0 : Math.min(call.length, maxCall) + 1);
}

interface ValueLines {
  readonly values: readonly ContextValue[];
  /** What is written of each. */
  readonly lines: readonly string[];
}

function assemble(problem: Problem, rendering: Rendering, { values, lines }: ValueLines): string {
  const { objective, problemContext, memory, memoryScores = false, note: context, instructions } = rendering;
  const left = problem.context.length - values.length;
  const note =
    left > 0 && values.length > 0 ? [`(${left} values and calls farther from the output are left out.)`] : [];
  const linesOf = (role: ContextValue["role"]) => lines.filter((_, index) => values[index]?.role === role);
  const calls = values.filter(({ call }) => call !== undefined).map(({ call }) => cut(call as string, maxCall));
  const parts = partsWithin(problem, rendering);
  return joinSections([
    ["Objective", objective],
    ["Problem context", isBlank(problemContext) ? undefined : cut(problemContext as string, parts.context)],
    ["Code", [...note, ...calls]],
    ["Documentation", parts.docs],
    ["Variables", parts.variables],
    ["Inputs", linesOf("input")],
    ["Others", linesOf("other")],
    ["Outputs", linesOf("output")],
    ["Feedback", parts.feedback],
    ["Past steps", memory.map((round, index) => roundText(round, { number: index + 1, withScore: memoryScores }))],
    ["Context", isBlank(context) ? undefined : context],
    ["Your answer", instructions],
  ]);
}

/** The parts of a prompt that are usually whole, in the room that is left for them. */
function partsWithin(problem: Problem, { images = new Map(), maxTokens, tightness = 0 }: Rendering) {
  const share = shares[tightness as 0];
  const room = (part: keyof typeof share) => maxTokens * charactersPerToken * share[part];
  const { variables, docs, feedback } = problem;
  const values = cutToShare(
    variables.map(({ value }) => imageText(value, images) ?? valueText(value)),
    room("variables"),
  );
  return {
    context: room("context"),
    docs: cutToShare(
      docs.map(({ name, doc }) => `[${name}] ${doc}`),
      room("docs"),
    ),
    variables: variables.map((variable, index) => variableText(variable, values[index] as string)),
    feedback: feedbackWithin(feedback, room("feedback")),
  };
}

function isBlank(text: string | null | undefined): boolean {
  return text === undefined || text === null || text.trim() === "";
}

function valueLine({ name, type, value, doc }: ContextValue, limit: number, images: Images): string {
  const about = doc === undefined || doc === "" ? "" : ` // ${doc.replace(/\s+/g, " ")}`;
  const image = imageText(value, images);
  return image === undefined
    ? `(${type}) ${name} = ${preview(withoutImages(value, images), limit)}${about}`
    : `(image) ${name} = ${image}${about}`;
}

function variableText(variable: Variable, value: string): string {
  const image = variable.parameter.kind === "image" ? [imageValueText] : [];
  return [...variableLines(variable), ...image, fenced(value)].join("\n");
}
