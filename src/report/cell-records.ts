/** The records behind the cells of a report: texts without secrets, cut so that all of them fit on one page. */

import type { EvaluationChoice, EvaluationRecord } from "../training/evaluation/evaluation-record.ts";
import { append } from "../util/collections.ts";
import { headOf } from "../util/cut.ts";
import { encode } from "../util/encode.ts";
import { Opaque } from "../util/opaque.ts";
import type { Redact } from "../util/redact.ts";
import { examplesOf, type HeatMapColumns, maxExamples } from "./parts/cells.ts";

/** An evaluation on a page. */
export interface RecordView
  extends Pick<EvaluationRecord, "score" | "calls" | "seconds" | "repeat" | "round" | "isShared"> {
  /** Values as texts; undefined where there is none. */
  readonly input: string | undefined;
  readonly output: string | undefined;
  readonly target: string | undefined;
}

/** Where the records of a run come from: `evaluations` of what `readRun` gives. */
export type RecordSource = (choice: EvaluationChoice) => Promise<readonly EvaluationRecord[]>;

/** The records behind cells. */
export interface CellRecords {
  /** Those of a candidate on an example, in the order in which they were recorded. */
  readonly of: (split: string, candidate: string, example: string) => readonly RecordView[];
  /** The most characters of a text of a cell, so that all texts together fit. */
  readonly maxText: number;
  /** Whether the run has records at all: one without a folder has none. */
  readonly hasRecords: boolean;
}

/** The most characters of all texts together. */
const maxTotal = 3_000_000;
/** The most characters of one text: the first of these with which all texts fit. */
const lengths: readonly number[] = [200_000, 8_000, 4_000, 2_000, 1_000, 500, 200, 80];

/** Reads the records of all cells of the page. */
export async function readCellRecords(
  maps: readonly HeatMapColumns[],
  source: RecordSource | undefined,
  redact: Redact,
): Promise<CellRecords> {
  const keys = new Set(maps.flatMap(keysOf));
  const found = (await source?.(({ split, candidate, example }) => keys.has(keyOf(split, candidate, example)))) ?? [];
  const byCell = new Map<string, RecordView[]>();
  for (const record of found) {
    const key = keyOf(record.split, record.candidate, record.example);
    append(byCell, key, viewOf(record, redact));
  }
  const texts = textsOf(maps, [...byCell.values()].flat());
  const maxText = lengths.find((length) => sizeOf(texts, length) <= maxTotal) ?? 80;
  const of = (...key: Parameters<CellRecords["of"]>) => byCell.get(keyOf(...key)) ?? [];
  return { of, maxText, hasRecords: source !== undefined };
}

function keysOf(map: HeatMapColumns): readonly string[] {
  const ids = examplesOf(map).slice(0, maxExamples);
  return map.columns.flatMap(({ candidateOf }) => ids.map((id) => keyOf(map.split, candidateOf(id), id)));
}

function keyOf(split: string, candidate: string, example: string): string {
  return `${split}/${candidate}/${example}`;
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

function textsOf(maps: readonly HeatMapColumns[], records: readonly RecordView[]): readonly string[] {
  const feedbacks = maps.flatMap(({ columns }) =>
    columns.flatMap(({ byExample }) =>
      [...byExample.values()].slice(0, maxExamples).map(({ feedback, failure }) => failure?.message ?? feedback),
    ),
  );
  return [...feedbacks, ...records.map(({ output = "" }) => output)];
}

/** The size in the page, where some characters take six. */
function sizeOf(texts: readonly string[], length: number): number {
  return texts.reduce((sum, text) => {
    const head = headOf(text, length);
    return sum + head.length + 5 * (head.match(/["&<>']/g)?.length ?? 0);
  }, 0);
}
