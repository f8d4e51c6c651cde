/** The runs of a problem as text: their code, once for runs that are alike, and the values of each. */

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

/** How much is written. */
export interface RunLimits {
  /** The longest value, in characters. */
  readonly value: number;
  readonly table: TableLimits;
}

/** What a writer writes with. */
export interface RunWriterOptions {
  readonly limits: RunLimits;
  readonly images: Images;
  /** The feedback on each run as text; undefined for a run without its own. */
  readonly feedback: readonly (string | undefined)[];
  /** The room for all lines: when there is none left, what was written is of no use, and writing ends. */
  readonly room: Room;
}

/** How many characters of a call are kept. */
export const maxCall = 2_000;

/** The calls of all runs, a line each; runs with the same calls have them once. */
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

/** The calls of a run, as far as there is room for them. */
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

/** The parts of a run, each with its lines. */
export interface RunParts {
  readonly inputs: readonly string[];
  /** Values made on the way, those of patterns as tables. */
  readonly others: readonly string[];
  readonly outputs: readonly string[];
  readonly feedback: string | undefined;
}

/** Writes values, each text once. */
export class RunWriter {
  readonly #limits: RunLimits;
  readonly #images: Images;
  readonly #feedback: readonly (string | undefined)[];
  readonly #room: Room;
  /** Long values that were written, with where. */
  readonly #known = new Map<string, { readonly name: string; readonly run: number }>();
  readonly #docs = new Set<string>();
  readonly #knownFeedback = new Map<string, number>();

  constructor({ limits, images, feedback, room }: RunWriterOptions) {
    this.#limits = limits;
    this.#images = images;
    this.#feedback = feedback;
    this.#room = room;
  }

  /** The parts of the run of a number, from 1. */
  partsOf(values: RunValues, number: number, blocks: Iterable<RunBlock>): RunParts {
    const lines: Record<"input" | "other" | "output", string[]> = { input: [], other: [], output: [] };
    for (const block of blocks) {
      if (this.#room.isOver) break;
      if (typeof block === "object") {
        lines.other.push(...tableLines(values, block, this.#limits.table, this.#room));
        // The output of a run that ends in a pattern stands in its table; it is written once more, as what it is.
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

  /** A value: its type, its name, its text, and what it is for. */
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

  /** The feedback on a run, without the error of `values` that stands above it. */
  #feedbackOn(number: number, values: RunValues | undefined): string | undefined {
    const given = this.#feedback[number - 1];
    const text = given === undefined || values === undefined ? given : withoutError(given, values, "the error above");
    if (text === undefined || text.length < leastRepeated) return text;
    const first = this.#knownFeedback.get(text);
    if (first === undefined) this.#knownFeedback.set(text, number);
    return first === undefined ? text : `the same as on run ${first}`;
  }
}

/** Feedback that repeats the error of its run, which stands elsewhere, with `instead` in its place. */
export function withoutError(feedback: string, values: RunValues, instead: string): string {
  const error = errorOf(values) ?? "";
  return error.length < leastRepeated ? feedback : feedback.replace(error, () => instead);
}

/** What a run failed with, as text; undefined for one that did not fail. */
export function errorOf(values: RunValues): string | undefined {
  const output = values.length === 0 ? undefined : values.at(values.length - 1);
  return output?.type === "error" ? String(output.value) : undefined;
}

/** Text of several lines, which is read more easily as it is, unless it could be taken for sections of the prompt. */
function isLong(value: unknown): value is string {
  return typeof value === "string" && value.length > 60 && value.includes("\n") && !/^# /m.test(value);
}

/** Shorter texts are written again: a reference would be no shorter. */
const leastRepeated = 60;
