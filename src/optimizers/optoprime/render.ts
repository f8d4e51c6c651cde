/** Writes a problem as a prompt of bounded length: the same problem gives the same bytes. */

import { feedbackText, feedbackWithin } from "../../graph/feedback.ts";
import { cut, cutToShare } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";
import type { ContextValue, Problem, Variable } from "../problem.ts";
import { type Images, imageText } from "../prompt/images.ts";
import { fenced, joinSections, type PromptSection, valueText, variableLines } from "../prompt/text.ts";
import { codeLines, maxCall, type RunLimits, RunWriter } from "../run-view/text.ts";
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
  /** What a search says beside the problem. */
  readonly note?: string | undefined;
  /** The images that go with the prompt. Default: none. */
  readonly images?: Images;
  /** The most characters of the prompt. */
  readonly maxCharacters: number;
  /** How the answer is to be given. */
  readonly instructions: string;
  /** How short the parts that are usually whole are made, from 0 (whole) to {@link tightest}. Default: 0. */
  readonly tightness?: number;
}

/** A prompt, and the values that it holds. */
export interface BoundedPrompt {
  readonly text: string;
  readonly values: readonly ContextValue[];
  /** Whether nothing was left out, however short values were cut. */
  readonly isWhole: boolean;
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

/** How much of the runs is written: the first with which everything fits is taken. */
const runLimits: readonly RunLimits[] = [
  { value: 2_000, table: { cell: 200, rows: Number.POSITIVE_INFINITY } },
  { value: 600, table: { cell: 120, rows: Number.POSITIVE_INFINITY } },
  { value: 250, table: { cell: 60, rows: Number.POSITIVE_INFINITY } },
];
/** What is written at least where not all rows fit: the first that fits gets as many more rows as fit too. */
const fewRows: readonly RunLimits[] = [
  { value: 250, table: { cell: 60, rows: 32, sequences: 0.25 } },
  { value: 250, table: { cell: 60, rows: 8, sequences: 0.06 } },
  { value: 250, table: { cell: 60, rows: 8 } },
];
const shortest = fewRows.at(-1) as RunLimits;

/** The text of {@link render}. */
export function renderPrompt(problem: Problem, rendering: Rendering): string {
  return render(problem, rendering).text;
}

/**
 * The prompt. When it would be longer than the budget, first values are cut shorter, then rows of long tables are left
 * out, then the calls that are farthest from the output, and the prompt says so. Feedback, variables and documentation
 * are cut only as `tightness` says, the objective and the instructions never.
 * @throws TracegradError `prompt-too-large` when those alone exceed the budget.
 */
export function render(problem: Problem, rendering: Rendering): BoundedPrompt {
  const { maxCharacters: budget } = rendering;
  const fixed = assemble(problem, rendering, { limits: shortest, included: new Set() }).length;
  if (fixed > budget) {
    throw new TracegradError(
      "prompt-too-large",
      "The objective, documentation, variables and feedback alone need about " +
        `${fixed} characters, however short they are cut; the prompt may have ${budget}. Raise \`maxPromptTokens\`.`,
    );
  }
  const write = (portion: Portion) => assemble(problem, rendering, portion);
  const sizes = leastSizes(problem);
  let least = 0;
  for (const size of sizes.values()) least += size;
  // A graph that is far too large is not written to find that out.
  const whole = least > budget ? undefined : wholeWithin(problem, budget, write);
  return whole ?? nearestWithin(problem, sizes, budget, write);
}

type Write = (portion: Portion) => string;

/** All values, cut shorter, and with fewer rows in their tables, until they fit; undefined when they do not. */
function wholeWithin(problem: Problem, budget: number, write: Write): BoundedPrompt | undefined {
  const values = problem.context;
  for (const limits of runLimits) {
    const text = write({ limits });
    if (text.length <= budget) return { text, values, isWhole: true };
  }
  for (const limits of fewRows) {
    const text = write({ limits });
    if (text.length <= budget) {
      return { text: withMoreRows({ text, limits }, longestTable(problem), budget, write), values, isWhole: false };
    }
  }
  return undefined;
}

/** The text with as many more rows as fit. */
function withMoreRows(
  { text, limits }: { readonly text: string; readonly limits: RunLimits },
  longest: number,
  budget: number,
  write: Write,
): string {
  let [longer, most, tooMany] = [text, limits.table.rows, longest];
  while (tooMany - most > 1) {
    const rows = Math.floor((most + tooMany) / 2);
    const next = write({ limits: { ...limits, table: { ...limits.table, rows } } });
    if (next.length <= budget) [longer, most] = [next, rows];
    else tooMany = rows;
  }
  return longer;
}

/** As many of the values nearest to the output as fit. */
function nearestWithin(
  { context }: Problem,
  sizes: ReadonlyMap<ContextValue, number>,
  budget: number,
  write: Write,
): BoundedPrompt {
  const order = nearestFirst(context);
  let [included, few, many, size]: [readonly ContextValue[], number, number, number] = [[], 0, 0, 0];
  while (many < order.length && size <= budget) size += sizes.get(order[many++] as ContextValue) ?? 0;
  let text = write({ limits: shortest, included: new Set() });
  while (many - few > Math.max(1, few / 50)) {
    const count = Math.ceil((few + many) / 2);
    const chosen = order.slice(0, count);
    const longer = write({ limits: shortest, included: new Set(chosen) });
    if (longer.length <= budget) [text, included, few] = [longer, chosen, count];
    else many = count - 1;
  }
  return { text, values: included, isWhole: false };
}

/** The least that each value takes which is written alone: its call. Values of patterns have a row, or none. */
function leastSizes({ runs }: Problem): ReadonlyMap<ContextValue, number> {
  const sizes = new Map<ContextValue, number>();
  for (const { values, blocks } of runs) {
    for (const block of blocks) {
      const value = values[block.at] as ContextValue;
      // Calls that runs have in common are written once.
      const call = runs.length === 1 ? (value.call?.length ?? 0) : 0;
      if (block.kind === "single")
        sizes.set(value, Math.min(call, maxCall) + (value.isLiteral ? 0 : value.name.length));
    }
  }
  return sizes;
}

function longestTable({ runs }: Problem): number {
  let longest = 0;
  for (const { blocks } of runs) {
    for (const block of blocks) longest = Math.max(longest, block.kind === "repeat" ? block.count : 1);
  }
  return longest;
}

/** The values by how near they are to the output, and of equal ones the latest first. */
function nearestFirst(values: readonly ContextValue[]): readonly ContextValue[] {
  return values
    .map((value, index) => ({ value, index }))
    .sort((a, b) => a.value.distance - b.value.distance || b.index - a.index)
    .map(({ value }) => value);
}

interface Portion {
  readonly limits: RunLimits;
  /** The values that are written; undefined for all. */
  readonly included?: ReadonlySet<ContextValue>;
}

function assemble(problem: Problem, rendering: Rendering, { limits, included }: Portion): string {
  const { objective, problemContext, note, instructions, images = new Map() } = rendering;
  const isIncluded = (value: ContextValue): boolean => included?.has(value) ?? true;
  const left = included === undefined ? 0 : problem.context.length - included.size;
  const parts = partsWithin(problem, rendering);
  const writer = new RunWriter({ limits, images, feedback: parts.runFeedback });
  const sharedLines = (isFixed: boolean): readonly string[] =>
    problem.shared
      .filter((value) => (value.role === "fixed") === isFixed && isIncluded(value))
      .map((value) => writer.valueLine(value, 0));
  return joinSections([
    ["Objective", objective],
    ["Problem context", isBlank(problemContext) ? undefined : cut(problemContext as string, parts.context)],
    ["Code", codeLines(problem, isIncluded)],
    ["Documentation", parts.docs],
    ["Past steps", pastSteps(rendering)],
    ["Variables", parts.variables],
    ["Fixed values", sharedLines(true)],
    ["Shared values", sharedLines(false)],
    ...runSections(problem, writer, isIncluded),
    ["Left out", left === 0 ? [] : [`${left} values and calls farther from the output are left out.`]],
    ["Feedback", parts.feedback],
    ["Context", isBlank(note) ? undefined : note],
    ["Your answer", instructions],
  ]);
}

function pastSteps({ memory, memoryOrder = "recent", memoryScores = false }: Rendering): readonly string[] {
  if (memory.length === 0) return [];
  const order = memoryOrder === "recent" ? "Oldest first." : "From the lowest score to the highest.";
  const rounds = memory.map((round, index) => roundText(round, { number: index + 1, withScore: memoryScores }));
  return [`${order} The present values and the feedback on them follow below.`, ...rounds];
}

/** The values of the runs: of one run by what they are, of several run by run. */
function runSections(
  { runs }: Problem,
  writer: RunWriter,
  isIncluded: (value: ContextValue) => boolean,
): readonly PromptSection[] {
  const all = runs.map((run, index) => writer.partsOf(run, index + 1, isIncluded));
  const [only] = all;
  if (only !== undefined && runs.length === 1) {
    return [
      ["Inputs", only.inputs],
      ["Others", only.others],
      ["Outputs", only.outputs],
    ];
  }
  return all.map(({ inputs, others, outputs, feedback }, index): PromptSection => {
    const said = feedback === undefined ? [] : [`Feedback: ${feedback}`];
    const titled = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : [title, ...lines]);
    const lines = [...titled("Inputs:", inputs), ...titled("Others:", others), ...titled("Output:", outputs), ...said];
    return [`Run ${index + 1}`, lines];
  });
}

/** The parts of a prompt that are usually whole, in the room that is left for them. */
function partsWithin(problem: Problem, { images = new Map(), maxCharacters, tightness = 0 }: Rendering) {
  const share = shares[tightness as 0];
  const room = (part: keyof typeof share) => maxCharacters * share[part];
  const { variables, docs, feedback, runs } = problem;
  const isByRun = runs.length > 1 && runs.every((run) => run.feedback !== undefined);
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
    feedback: isByRun ? undefined : feedbackWithin(feedback, room("feedback")),
    runFeedback: isByRun ? runFeedback(runs, room("feedback")) : [],
  };
}

function isBlank(text: string | null | undefined): boolean {
  return text === undefined || text === null || text.trim() === "";
}

/** The feedback on each run: where it is too long, the longest texts are cut first. */
function runFeedback(runs: Problem["runs"], room: number): readonly string[] {
  return cutToShare(
    runs.map(({ feedback = {} }) => feedbackText(feedback)),
    room,
  );
}

function variableText(variable: Variable, value: string): string {
  const image = variable.parameter.kind === "image" ? [imageValueText] : [];
  return [...variableLines(variable), ...image, fenced(value)].join("\n");
}
