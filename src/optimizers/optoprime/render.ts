/** Writes a problem as a prompt of bounded length: the same problem gives the same bytes. */

import { feedbackText } from "../../graph/feedback.ts";
import { TracegradError } from "../../util/errors.ts";
import { preview } from "../../util/preview.ts";
import type { Problem, Shown, Variable } from "../problem.ts";

/** One past step, as the optimizer remembers it. */
export interface Round {
  readonly variables: Readonly<Record<string, string>>;
  readonly feedback: string;
}

/** What goes into a prompt beside the problem. */
export interface Rendering {
  readonly objective: string;
  readonly memory: readonly Round[];
  /** The most tokens of the prompt. */
  readonly maxTokens: number;
  /** How the answer is to be given. */
  readonly instructions: string;
}

/** Characters in a token, on average: used for budgets only, never for accounts. */
const charactersPerToken = 4;

/** How many characters of a shown value are kept: the first limit at which everything fits is taken. */
const valueLimits = [2_000, 600, 250];

/** The estimated number of tokens in `text`. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}

/**
 * The prompt. When it would be longer than the budget, first values are cut shorter, then the calls that are farthest from
 * the output are left out, which the prompt says. Objective, variables, documentation and feedback are never cut.
 * @throws TracegradError `prompt-too-large` when those alone exceed the budget.
 */
export function renderPrompt(problem: Problem, rendering: Rendering): string {
  const budget = rendering.maxTokens * charactersPerToken;
  const fixed = assemble(problem, rendering, { shown: [], lines: [] }).length;
  if (fixed > budget) {
    throw new TracegradError(
      "prompt-too-large",
      `The objective, documentation, variables and feedback alone need about ${estimateTokens(" ".repeat(fixed))} tokens; the prompt may have ` +
        `${rendering.maxTokens}. Raise \`maxPromptTokens\`, or give shorter feedback.`,
    );
  }
  for (const limit of valueLimits) {
    const lines = linesWithin(problem.shown, budget - fixed, limit);
    if (lines === undefined) continue;
    // The titles of the sections come on top, so only the text itself says whether it fits.
    const text = assemble(problem, rendering, { shown: problem.shown, lines });
    if (text.length <= budget) return text;
  }
  const limit = valueLimits.at(-1) as number;
  const shown = nearest(problem.shown, budget - fixed - noteLength, limit);
  return assemble(problem, rendering, { shown, lines: shown.map((value) => valueLine(value, limit)) });
}

const noteLength = 160;

/** What is written of the values; undefined when that is longer than `room` characters. */
function linesWithin(shown: readonly Shown[], room: number, limit: number): readonly string[] | undefined {
  const lines: string[] = [];
  let left = room;
  for (const value of shown) {
    const line = valueLine(value, limit);
    left -= lengthOf(value, line);
    if (left < 0) return undefined;
    lines.push(line);
  }
  return lines;
}

/** The values nearest to the output that fit into `room` characters, in the order in which they ran. */
function nearest(shown: readonly Shown[], room: number, limit: number): readonly Shown[] {
  const order = shown
    .map((value, index) => ({ value, index }))
    .sort((a, b) => a.value.distance - b.value.distance || b.index - a.index);
  const kept = new Set<Shown>();
  let left = room;
  for (const { value } of order) {
    left -= lengthOf(value, valueLine(value, limit));
    if (left < 0) break;
    kept.add(value);
  }
  return shown.filter((value) => kept.has(value));
}

function lengthOf({ call }: Shown, line: string): number {
  return line.length + 1 + (call === undefined ? 0 : call.length + 1);
}

interface Cut {
  readonly shown: readonly Shown[];
  /** What is written of each. */
  readonly lines: readonly string[];
}

function assemble(problem: Problem, { objective, memory, instructions }: Rendering, { shown, lines }: Cut): string {
  const left = problem.shown.length - shown.length;
  const note = left > 0 && shown.length > 0 ? [`(${left} values and calls farther from the output are left out.)`] : [];
  const values = (role: Shown["role"]) => lines.filter((_, index) => shown[index]?.role === role);
  const calls = shown.filter((value) => value.call !== undefined).map((value) => value.call as string);
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ["Objective", [objective]],
    ["Code", [...note, ...calls]],
    ["Documentation", problem.docs.map(({ name, doc }) => `[${name}] ${doc}`)],
    ["Variables", problem.variables.map(variableText)],
    ["Inputs", values("input")],
    ["Others", values("other")],
    ["Outputs", values("output")],
    ["Feedback", [feedbackText(problem.feedback)]],
    ["Past steps", memory.map(roundText)],
    ["Your answer", [instructions]],
  ];
  const filled = sections.filter(([, lines]) => lines.length > 0);
  return filled.map(([title, content]) => `# ${title}\n${joined(content)}`).join("\n\n");
}

const chunkLength = 1_024;

/** The lines as one text, joined in chunks: one join of 100,000 lines takes four times as long. */
function joined(lines: readonly string[]): string {
  if (lines.length <= chunkLength) return lines.join("\n");
  const chunks: string[] = [];
  for (let at = 0; at < lines.length; at += chunkLength) chunks.push(lines.slice(at, at + chunkLength).join("\n"));
  return chunks.join("\n");
}

function valueLine({ name, type, value, doc }: Shown, limit: number): string {
  const about = doc === undefined || doc === "" ? "" : ` // ${doc.replace(/\s+/g, " ")}`;
  return `(${type}) ${name} = ${preview(value, limit)}${about}`;
}

function variableText({ name, parameter, value }: Variable): string {
  const lines = [`(${parameter.kind}) ${name}${parameter.doc === undefined ? "" : `: ${parameter.doc}`}`];
  if (parameter.constraint !== undefined) lines.push(`Constraint: ${parameter.constraint}`);
  if (parameter.code !== undefined) lines.push(`Signature to keep: ${parameter.code.signature}`);
  if (parameter.code !== undefined && parameter.code.spec.scope.length > 0) {
    lines.push(`Beside standard JavaScript it may use: ${parameter.code.spec.scope.join(", ")}`);
  }
  lines.push(fenced(valueText(value)));
  return lines.join("\n");
}

/** A variable's value in full: text as it stands, everything else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Puts a fence around text that is longer than any fence inside it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

function roundText({ variables, feedback }: Round, index: number): string {
  const values = Object.entries(variables).map(([name, text]) => `${name}:\n${fenced(text)}`);
  return `## Step ${index + 1}\n${values.join("\n")}\nFeedback: ${feedback}`;
}
