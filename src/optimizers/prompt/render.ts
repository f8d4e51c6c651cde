/** Writes a problem as a prompt of bounded length: the same problem gives the same bytes. */

import { feedbackWithin } from "../../graph/feedback.ts";
import { cut, cutToShare } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import { type OptoPrimeRound, roundText } from "../optoprime/memory.ts";
import { imageValueText } from "../optoprime/prompt-text.ts";
import type { Problem, Shown, Variable } from "../problem.ts";
import { fenced, valueText } from "./fence.ts";
import { type Images, imageText, withoutImages } from "./images.ts";

/** What goes into a prompt beside the problem. */
export interface Rendering {
  readonly objective: string;
  /** What the user says of the task beside the program. */
  readonly problemContext?: string | undefined;
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

/** A prompt, and which values it tells of. */
export interface Rendered {
  readonly text: string;
  readonly shown: readonly Shown[];
}

/** Characters in a token, on average: used for budgets only, never for accounts. */
const charactersPerToken = 4;

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

/** The estimated number of tokens in `text`. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}

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
export function render(problem: Problem, rendering: Rendering): Rendered {
  const budget = rendering.maxTokens * charactersPerToken;
  const fixed = assemble(problem, rendering, { shown: [], lines: [] }).length;
  if (fixed > budget) {
    throw new TracegradError(
      "prompt-too-large",
      `The objective, documentation, variables and feedback alone need about ${Math.ceil(fixed / charactersPerToken)} tokens, ` +
        `however short they are cut; the prompt may have ${rendering.maxTokens}. Raise \`maxPromptTokens\`.`,
    );
  }
  const { images = new Map() } = rendering;
  for (const limit of valueLimits) {
    const lines = linesWithin(problem.shown, budget - fixed, (value) => valueLine(value, limit, images));
    if (lines === undefined) continue;
    // The titles of the sections come on top, so only the text itself says whether it fits.
    const text = assemble(problem, rendering, { shown: problem.shown, lines });
    if (text.length <= budget) return { text, shown: problem.shown };
  }
  const shortest = (value: Shown) => valueLine(value, valueLimits.at(-1) as number, images);
  const shown = nearest(problem.shown, budget - fixed - noteLength, shortest);
  return { text: assemble(problem, rendering, { shown, lines: shown.map(shortest) }), shown };
}

type LineOf = (value: Shown) => string;

const noteLength = 160;

/** What is written of the values; undefined when that is longer than `room` characters. */
function linesWithin(shown: readonly Shown[], room: number, lineOf: LineOf): readonly string[] | undefined {
  const lines: string[] = [];
  let left = room;
  for (const value of shown) {
    const line = lineOf(value);
    left -= lengthOf(value, line);
    if (left < 0) return undefined;
    lines.push(line);
  }
  return lines;
}

/** The values nearest to the output that fit into `room` characters, in the order in which they ran. */
function nearest(shown: readonly Shown[], room: number, lineOf: LineOf): readonly Shown[] {
  const order = shown
    .map((value, index) => ({ value, index }))
    .sort((a, b) => a.value.distance - b.value.distance || b.index - a.index);
  const kept = new Set<Shown>();
  let left = room;
  for (const { value } of order) {
    left -= lengthOf(value, lineOf(value));
    if (left < 0) break;
    kept.add(value);
  }
  return shown.filter((value) => kept.has(value));
}

function lengthOf({ call }: Shown, line: string): number {
  return line.length + 1 + (call === undefined ? 0 : Math.min(call.length, maxCall) + 1);
}

interface Cut {
  readonly shown: readonly Shown[];
  /** What is written of each. */
  readonly lines: readonly string[];
}

function assemble(problem: Problem, rendering: Rendering, { shown, lines }: Cut): string {
  const { objective, problemContext, memory, memoryScores = false, note: context, instructions } = rendering;
  const left = problem.shown.length - shown.length;
  const note = left > 0 && shown.length > 0 ? [`(${left} values and calls farther from the output are left out.)`] : [];
  const values = (role: Shown["role"]) => lines.filter((_, index) => shown[index]?.role === role);
  const calls = shown.filter(({ call }) => call !== undefined).map(({ call }) => cut(call as string, maxCall));
  const parts = partsWithin(problem, rendering);
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["Objective", [objective]],
    ["Problem context", isBlank(problemContext) ? [] : [cut(problemContext as string, parts.context)]],
    ["Code", [...note, ...calls]],
    ["Documentation", parts.docs],
    ["Variables", parts.variables],
    ["Inputs", values("input")],
    ["Others", values("other")],
    ["Outputs", values("output")],
    ["Feedback", [parts.feedback]],
    ["Past steps", memory.map((round, index) => roundText(round, { number: index + 1, withScore: memoryScores }))],
    ["Context", isBlank(context) ? [] : [context as string]],
    ["Your answer", [instructions]],
  ];
  const filled = sections.filter(([, lines]) => lines.length > 0);
  return filled.map(([title, content]) => `# ${title}\n${joined(content)}`).join("\n\n");
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

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === "";
}

const chunkLength = 1_024;

/** The lines as one text, joined in chunks: one join of 100,000 lines takes four times as long. */
function joined(lines: readonly string[]): string {
  if (lines.length <= chunkLength) return lines.join("\n");
  const chunks: string[] = [];
  for (let at = 0; at < lines.length; at += chunkLength) chunks.push(lines.slice(at, at + chunkLength).join("\n"));
  return chunks.join("\n");
}

function valueLine({ name, type, value, doc }: Shown, limit: number, images: Images): string {
  const about = doc === undefined || doc === "" ? "" : ` // ${doc.replace(/\s+/g, " ")}`;
  const image = imageText(value, images);
  return image === undefined
    ? `(${type}) ${name} = ${preview(withoutImages(value, images), limit)}${about}`
    : `(image) ${name} = ${image}${about}`;
}

function variableText({ name, parameter }: Variable, value: string): string {
  const lines = [`(${parameter.kind}) ${name}${parameter.doc === undefined ? "" : `: ${parameter.doc}`}`];
  if (parameter.constraint !== undefined) lines.push(`Constraint: ${parameter.constraint}`);
  if (parameter.code !== undefined) lines.push(`Signature to keep: ${parameter.code.signature}`);
  if (parameter.code !== undefined && parameter.code.spec.scope.length > 0) {
    lines.push(`Beside standard JavaScript it may use: ${parameter.code.spec.scope.join(", ")}`);
  }
  if (parameter.kind === "image") lines.push(imageValueText);
  lines.push(fenced(value));
  return lines.join("\n");
}
