/** Writes the runs of a problem: their code, once for runs with the same calls, and the values of each. */

import { endOfPattern } from "../../graph/pattern.ts";
import { keyOf } from "../../graph/table/key.ts";
import { type TableLimits, tableLines } from "../../graph/table/table.ts";
import { cut } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import type { Room } from "../../util/room.ts";
import type { Problem } from "../problem.ts";
import { type Images, imageText, namesIn } from "../prompt/images.ts";
import { fenced } from "../prompt/text.ts";
import type { Excerpt, RunBlock } from "./excerpt.ts";
import type { ContextValue, RunValues } from "./values.ts";

/** The limits of what is written. */
export interface RunLimits {
  /** The longest value, in characters. */
  readonly value: number;
  readonly table: TableLimits;
}

/** Options of a writer. */
export interface RunWriterOptions {
  readonly limits: RunLimits;
  readonly images: Images;
  /** The feedback on each run as text; undefined for a run without. */
  readonly feedback: readonly (string | undefined)[];
  /** The room for all lines. When it is used up the text is of no use, so the writer stops. */
  readonly room: Room;
}

/** The longest call, in characters. */
export const maxCall = 2_000;

/** The calls of all runs, one a line. Runs with the same calls share them. */
export function codeLines({ runs }: Problem, excerpt: Excerpt, room: Room): readonly string[] {
  const codes = new Map<string, { readonly lines: readonly string[]; readonly numbers: number[] }>();
  for (const [index, { values }] of runs.entries()) {
    const lines = runCode(values, excerpt.blocksOf(index), room.left);
    if (lines.length === 0) continue;
    const key = runs.length === 1 ? "" : lines.join("\n");
    const known = codes.get(key);
    if (known !== undefined) known.numbers.push(index + 1);
    else {
      codes.set(key, { lines, numbers: [index + 1] });
      for (const line of lines) room.take(line);
      if (room.isOver) break;
    }
  }
  if (runs.length === 1) return codes.get("")?.lines ?? [];
  return [...codes.values()].flatMap(({ lines, numbers }) => [`${rangesText(numbers)}:`, ...indented(lines)]);
}

/** The calls of a run, as long as there is room. */
function runCode(values: RunValues, blocks: Iterable<RunBlock>, room: number): readonly string[] {
  const lines: string[] = [];
  let left = room;
  for (const block of blocks) {
    for (const line of blockCode(values, block)) {
      lines.push(line);
      left -= line.length + 1;
    }
    if (left < 0) break;
  }
  return lines;
}

function blockCode(values: RunValues, block: RunBlock): readonly string[] {
  if (typeof block === "number") {
    const call = values.callAt(block);
    return call === undefined ? [] : [cut(call, maxCall)];
  }
  const { head, calls } = values.codeOf(block);
  return calls.length === 0 ? [] : [head, ...indented(calls.map((call) => cut(call, maxCall)))];
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

/** Numbers as text: `Runs 1 to 3 and 5`. */
function rangesText(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  const texts = ranges.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
  const list = texts.length === 1 ? texts[0] : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
  return numbers.length === 1 ? `Run ${list}` : `Runs ${list}`;
}

/** The lines of a run, by part. */
export interface RunParts {
  readonly inputs: readonly string[];
  /** Intermediate values, and the tables of patterns. */
  readonly others: readonly string[];
  readonly outputs: readonly string[];
  readonly feedback: string | undefined;
}

/** Writes values. A long text that occurs again is replaced by a reference. */
export class RunWriter {
  readonly #limits: RunLimits;
  readonly #images: Images;
  readonly #feedback: readonly (string | undefined)[];
  readonly #room: Room;
  /** The long values so far, with the name and the run of each. */
  readonly #known = new Map<string, { readonly name: string; readonly run: number }>();
  readonly #docs = new Set<string>();
  readonly #knownFeedback = new Map<string, number>();

  constructor({ limits, images, feedback, room }: RunWriterOptions) {
    this.#limits = limits;
    this.#images = images;
    this.#feedback = feedback;
    this.#room = room;
  }

  /** The parts of the run with this number, from 1. */
  partsOf(values: RunValues, number: number, blocks: Iterable<RunBlock>): RunParts {
    const lines: Record<"input" | "other" | "output", string[]> = { input: [], other: [], output: [] };
    for (const block of blocks) {
      if (this.#room.isOver) break;
      if (typeof block === "object") {
        lines.other.push(...tableLines(values, block, this.#limits.table, this.#room));
        // The table of a pattern at the end holds the output, which is also written as the output.
        if (endOfPattern(block) === values.length) lines.output.push(...this.#repeatedOutput(values, number));
        continue;
      }
      const value = values.at(block);
      const role = value.role === "fixed" ? "input" : value.role;
      if (!(value.isLiteral && role !== "output")) lines[role].push(this.valueLine(value, number));
    }
    const isErrorAbove = lines.output.length > 0;
    const feedback = this.#feedbackOn(number, isErrorAbove ? values : undefined);
    return { inputs: lines.input, others: lines.other, outputs: lines.output, feedback };
  }

  /** The line of a value: its type, name, text and documentation. */
  valueLine(value: ContextValue, run: number): string {
    const { name, type, doc } = value;
    const isNew = doc !== undefined && doc !== "" && !this.#docs.has(doc);
    if (isNew) this.#docs.add(doc);
    const about = isNew ? ` // ${doc.replace(/\s+/g, " ")}` : "";
    const image = imageText(value.value, this.#images);
    const text = image === undefined ? this.#textOf(value, run) : image;
    const line = `(${image === undefined ? type : "image"}) ${name} =${text.startsWith("\n") ? "" : " "}${text}${about}`;
    this.#room.take(line);
    return line;
  }

  #repeatedOutput(values: RunValues, number: number): readonly string[] {
    const last = values.at(values.length - 1);
    return last.role === "output" ? [this.valueLine(last, number)] : [];
  }

  #textOf({ name, value, type }: ContextValue, run: number): string {
    const { value: limit } = this.#limits;
    const text = isLong(value) ? `\n${fenced(cut(value, limit))}` : this.#short(value, type);
    if (text.length < leastRepeated) return text;
    const key = keyOf(value);
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, { name, run });
    else return known.run === run ? known.name : `the same as ${known.name} of run ${known.run}`;
    return text;
  }

  #short(value: unknown, type: string): string {
    const { value: limit } = this.#limits;
    if (type === "error") return cut(String(value), limit);
    if (typeof value === "string") return JSON.stringify(cut(value, limit));
    return preview(value, limit, namesIn(this.#images));
  }

  /** The feedback on a run. The error of `values` is above it, so it is not repeated. */
  #feedbackOn(number: number, values: RunValues | undefined): string | undefined {
    const given = this.#feedback[number - 1];
    const text = given === undefined || values === undefined ? given : withoutError(given, values, "the error above");
    if (text === undefined || text.length < leastRepeated) return text;
    const first = this.#knownFeedback.get(text);
    if (first === undefined) this.#knownFeedback.set(text, number);
    return first === undefined ? text : `the same as on run ${first}`;
  }
}

/** Feedback with `instead` in place of the error of its run, which is written elsewhere. */
export function withoutError(feedback: string, values: RunValues, instead: string): string {
  const error = errorOf(values) ?? "";
  return error.length < leastRepeated ? feedback : feedback.replace(error, () => instead);
}

/** The error of a failed run as text; undefined if it did not fail. */
export function errorOf(values: RunValues): string | undefined {
  const output = values.length === 0 ? undefined : values.at(values.length - 1);
  return output?.type === "error" ? String(output.value) : undefined;
}

/** Whether a text has several lines and is written as it is. One that looks like sections of the prompt is not. */
function isLong(value: unknown): value is string {
  return typeof value === "string" && value.length > 60 && value.includes("\n") && !/^# /m.test(value);
}

/** The shortest text that is replaced by a reference, in characters. */
const leastRepeated = 60;
