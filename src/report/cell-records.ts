/** The records behind the cells of a report: as texts without secrets, cut so that all of them fit into one page. */

import type { EvaluationChoice, EvaluationRecord } from "../training/evaluation/evaluation-record.ts";
import { append } from "../util/collections.ts";
import { Opaque } from "../util/decode.ts";
import { encode } from "../util/encode.ts";
import type { Redact } from "../util/redact.ts";
import { type Columns, examplesOf, mostRows } from "./parts/cells.ts";

/** A evaluation as a page shows it. */
export interface RecordView
  extends Pick<EvaluationRecord, "score" | "calls" | "seconds" | "repeat" | "round" | "isShared"> {
  /** Values as texts; undefined where there is none. */
  readonly input: string | undefined;
  readonly output: string | undefined;
  readonly target: string | undefined;
}

/** Where the records of a run come from: `evaluations` of what `readRun` gives. */
export type RecordSource = (wanted: EvaluationChoice) => Promise<readonly EvaluationRecord[]>;

/** The records behind cells. */
export interface CellRecords {
  /** Those of a program on an example, in the order in which they were judged. */
  readonly of: (split: string, program: string, example: string) => readonly RecordView[];
  /** The most characters of a text of a cell, so that all texts together fit. */
  readonly maxText: number;
  /** Whether the run keeps records at all: one without a folder does not. */
  readonly isKept: boolean;
}

/** Characters that the texts of all cells may take in a page. */
const maxAll = 3_000_000;
/** Characters of one text, from as it is to hardly any. */
const lengths: readonly number[] = [200_000, 8_000, 4_000, 2_000, 1_000, 500, 200, 80];

/** The records of all cells that are shown. */
export async function recordsOf(
  all: readonly Columns[],
  source: RecordSource | undefined,
  redact: Redact,
): Promise<CellRecords> {
  const wanted = new Set(all.flatMap(keysOf));
  const found = (await source?.(({ split, candidate, example }) => wanted.has(keyOf(split, candidate, example)))) ?? [];
  const byCell = new Map<string, RecordView[]>();
  for (const record of found) {
    const key = keyOf(record.split, record.candidate, record.example);
    append(byCell, key, viewOf(record, redact));
  }
  const texts = textsOf(all, [...byCell.values()].flat());
  const maxText = lengths.find((length) => sizeOf(texts, length) <= maxAll) ?? 80;
  const of = (...place: Parameters<CellRecords["of"]>) => byCell.get(keyOf(...place)) ?? [];
  return { of, maxText, isKept: source !== undefined };
}

function keysOf(columns: Columns): readonly string[] {
  const ids = examplesOf(columns).slice(0, mostRows);
  return columns.columns.flatMap(({ programOf }) => ids.map((id) => keyOf(columns.split, programOf(id), id)));
}

function keyOf(split: string, program: string, example: string): string {
  return `${split}/${program}/${example}`;
}

function viewOf({ input, output, target, ...record }: EvaluationRecord, redact: Redact): RecordView {
  const text = (value: unknown): string | undefined => (value === undefined ? undefined : redact(textOf(value)));
  const calls = record.calls.map((call) => ({
    ...call,
    to: redact(call.to),
    error: call.error === undefined ? undefined : redact(call.error),
  }));
  const { score, seconds, repeat, round, isShared } = record;
  return {
    score,
    calls,
    seconds,
    repeat,
    round,
    isShared,
    input: text(input),
    output: text(output),
    target: text(target),
  };
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value instanceof Opaque ? value.preview : JSON.stringify(encode(value), undefined, 1);
}

function textsOf(all: readonly Columns[], records: readonly RecordView[]): readonly string[] {
  const said = all.flatMap(({ columns }) =>
    columns.flatMap(({ byExample }) =>
      [...byExample.values()].slice(0, mostRows).map(({ feedback, failure }) => failure?.message ?? feedback),
    ),
  );
  return [...said, ...records.map(({ output = "" }) => output)];
}

/** Some characters take six in a page. */
function sizeOf(texts: readonly string[], length: number): number {
  return texts.reduce((sum, text) => {
    const kept = text.slice(0, length);
    return sum + kept.length + 5 * (kept.match(/["&<>']/g)?.length ?? 0);
  }, 0);
}
