/** Writes a problem as a prompt of bounded length: the same problem gives the same bytes. */

import { Room } from "../../util/room.ts";
import type { Problem } from "../problem.ts";
import { fenced, joinSections, type PromptSection } from "../prompt/text.ts";
import { TooLongError } from "../prompt/within-tokens.ts";
import { allOf, type Excerpt, farLeftOutText, NearestFirst, nothingOf } from "../run-view/excerpt.ts";
import { codeLines, maxCall, type RunLimits, RunWriter } from "../run-view/text.ts";
import { type FixedParts, fixedPartsOf, isBlank, type Rendering } from "./fixed-parts.ts";

/** A prompt, and the values that it holds. */
export interface BoundedPrompt {
  readonly text: string;
  /** What it was written of, whole or in part. */
  readonly excerpt: Excerpt;
  /** Whether nothing was left out, however short values were cut. */
  readonly isWhole: boolean;
}

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
  { value: 250, table: { cell: 60, rows: 8, divided: false } },
  { value: 250, table: { cell: 60, rows: 0, divided: false } },
];
/** The least that is written of the values nearest to the output: from a table to only the calls of a pattern. */
const least = fewRows.slice(2);
const shortest = fewRows.at(-1) as RunLimits;

/**
 * The prompt. When it would be longer than `maxCharacters`, first values are cut shorter, then rows of long tables are left
 * out, then the calls that are farthest from the output, and the prompt says so. Feedback, variables and documentation
 * are cut only as `tightness` says, the objective and the instructions never.
 * @throws TooLongError when those alone are longer.
 */
export function render(problem: Problem, rendering: Rendering): BoundedPrompt {
  const { maxCharacters, maxValueCharacters } = rendering;
  const frame: PromptFrame = { ...rendering, ...fixedPartsOf(problem, rendering) };
  const nothing = { limits: shortest, excerpt: nothingOf(problem) };
  const fixed = assemble(problem, frame, nothing) as string;
  if (fixed.length > maxCharacters) {
    throw new TooLongError("the objective, documentation, variables and feedback, cut as short as they may be,", fixed);
  }
  const write = (portion: Portion): string | undefined => assemble(problem, frame, portion, maxCharacters);
  return (
    wholeWithin(problem, write, limitsFor(maxValueCharacters)) ??
    nearestWithin(problem, maxCharacters, write) ?? { text: fixed, ...nothing, isWhole: false }
  );
}

/** Writes a portion; undefined when it is too long. */
type Write = (portion: Portion) => string | undefined;

/** How much of the runs is written, with the length of a value that the user chose tried first. */
function limitsFor(maxValueCharacters: number | null | undefined): readonly RunLimits[] {
  if (maxValueCharacters == null) return runLimits;
  const chosen = { value: maxValueCharacters, table: { cell: maxValueCharacters, rows: Number.POSITIVE_INFINITY } };
  return [chosen, ...runLimits.filter(({ table }) => table.cell < maxValueCharacters)];
}

/** All values, cut shorter, and with fewer rows in their tables, until they fit; undefined when they do not. */
function wholeWithin(problem: Problem, write: Write, whole: readonly RunLimits[]): BoundedPrompt | undefined {
  const excerpt = allOf(problem);
  for (const limits of whole) {
    const text = write({ limits, excerpt });
    if (text !== undefined) return { text, excerpt, isWhole: true };
  }
  for (const limits of fewRows) {
    const text = write({ limits, excerpt });
    if (text === undefined) continue;
    return { text: moreRows(problem, { limits, excerpt }, write) ?? text, excerpt, isWhole: false };
  }
  return undefined;
}

/** The text of a portion with as many more rows as fit; undefined when that is none. */
function moreRows(problem: Problem, { limits, excerpt }: Portion, write: Write): string | undefined {
  let longer: string | undefined;
  let [most, tooMany] = [limits.table.rows, longestTable(problem)];
  while (tooMany - most > 1) {
    // At most about twice as many as fit, so that a long table takes no more time than what is written of it.
    const rows = Math.min(2 * most + 8, Math.floor((most + tooMany) / 2));
    const text = write({ limits: { ...limits, table: { ...limits.table, rows } }, excerpt });
    if (text === undefined) tooMany = rows;
    else [longer, most] = [text, rows];
  }
  return longer;
}

/** As many of the values nearest to the output as fit, with rows of tables unless most values would go for them. */
function nearestWithin(problem: Problem, maxCharacters: number, write: Write): BoundedPrompt | undefined {
  const order = new NearestFirst(problem);
  let [reach, size] = [0, 0];
  while (reach < order.length && size <= maxCharacters) size += leastSize(problem, order.at(reach++));
  const found = (longestTable(problem) === 0 ? [shortest] : least).flatMap(
    (limits) => nearestWith(order, reach, limits, write) ?? [],
  );
  const most = Math.max(0, ...found.map(({ count }) => count));
  return found.find(({ count }) => count >= most / 2);
}

type CountedPrompt = BoundedPrompt & { readonly count: number };

/** The prompt of as many of the first `reach` values as fit, with their number. */
function nearestWith(order: NearestFirst, reach: number, limits: RunLimits, write: Write): CountedPrompt | undefined {
  let best: CountedPrompt | undefined;
  let [few, many] = [0, reach];
  while (many - few > Math.max(1, few / 50)) {
    const count = Math.ceil((few + many) / 2);
    const excerpt = order.first(count);
    const text = write({ limits, excerpt });
    if (text === undefined) many = count - 1;
    else [best, few] = [{ text, excerpt, isWhole: false, count }, count];
  }
  return best;
}

/**
 * The least that a value takes: its call and its name. Those of patterns have a row, or none, and calls that runs have
 * in common are written once.
 */
function leastSize({ runs }: Problem, found: ReturnType<NearestFirst["at"]>): number {
  const values = found === undefined ? undefined : runs[found.run]?.values;
  if (found === undefined || values === undefined || values.patternAt(found.place) !== undefined) return 0;
  const { call, isLiteral, name } = values.at(found.place);
  return (runs.length === 1 ? Math.min(call?.length ?? 0, maxCall) : 0) + (isLiteral ? 0 : name.length);
}

function longestTable({ runs }: Problem): number {
  let longest = 0;
  for (const { values } of runs) for (const { count } of values.patterns) longest = Math.max(longest, count);
  return longest;
}

/** What stands around the runs, and what is the same however much of them is written. */
type PromptFrame = Rendering & FixedParts;

interface Portion {
  readonly limits: RunLimits;
  readonly excerpt: Excerpt;
}

/** The text of a portion; undefined when it has more than `limit` characters. */
function assemble(
  problem: Problem,
  frame: PromptFrame,
  { limits, excerpt }: Portion,
  limit = Number.POSITIVE_INFINITY,
): string | undefined {
  const { objective, summary, note, instructions, images = new Map() } = frame;
  const room = new Room(limit);
  const code = codeLines(problem, excerpt, room);
  if (room.isOver) return undefined;
  const writer = new RunWriter({ limits, images, feedback: frame.runFeedback, room });
  const sharedLines = (isFixed: boolean): readonly string[] =>
    excerpt.shared.filter((value) => (value.role === "fixed") === isFixed).map((value) => writer.valueLine(value, 0));
  const shared: readonly PromptSection[] = [
    ["Fixed values", sharedLines(true)],
    ["Shared values", sharedLines(false)],
  ];
  const { sections: runs, feedback = frame.feedback } = runSections(problem, writer, excerpt);
  if (room.isOver) return undefined;
  const { left } = excerpt;
  const text = joinSections([
    ["Objective", objective],
    ["Problem context", frame.context],
    ["Code", code],
    ["Documentation", frame.docs],
    ["Past steps", frame.past],
    ["Variables", frame.variables],
    ...shared,
    ...runs,
    ["Summary", summary === undefined ? undefined : `By a model that saw more of the rows:\n${fenced(summary)}`],
    ["Left out", left === 0 ? [] : [farLeftOutText(left)]],
    ["Feedback", feedback],
    ["Context", isBlank(note) ? undefined : note],
    ["Your answer", instructions],
  ]);
  return text.length > limit ? undefined : text;
}

interface RunsText {
  readonly sections: readonly PromptSection[];
  /** The feedback where there is one run; that on several is in their sections, or on all of them together. */
  readonly feedback?: string | undefined;
}

/** The values of the runs: of one run by what they are, of several run by run. */
function runSections({ runs }: Problem, writer: RunWriter, excerpt: Excerpt): RunsText {
  const all = runs.map(({ values }, index) => writer.partsOf(values, index + 1, excerpt.blocksOf(index)));
  const [only] = all;
  if (only !== undefined && runs.length === 1) {
    const sections: readonly PromptSection[] = [
      ["Inputs", only.inputs],
      ["Others", only.others],
      ["Outputs", only.outputs],
    ];
    return { sections, feedback: only.feedback };
  }
  const sections = all.map(({ inputs, others, outputs, feedback }, index): PromptSection => {
    const said = feedback === undefined ? [] : [`Feedback: ${feedback}`];
    const titled = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : [title, ...lines]);
    const lines = [...titled("Inputs:", inputs), ...titled("Others:", others), ...titled("Output:", outputs), ...said];
    return [`Run ${index + 1}`, lines];
  });
  return { sections };
}
