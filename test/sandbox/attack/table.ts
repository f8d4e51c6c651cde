/** Sums reports up and writes them as a Markdown table. */

import type { BatchResult } from "./batch.ts";
import { type FindingKind, findingKinds, type Report } from "./findings.ts";

/** One row of the table. */
export interface Row {
  readonly name: string;
  readonly runs: number;
  readonly refused: number;
  /** Runs without a finding. */
  readonly clean: number;
  readonly counts: Readonly<Record<FindingKind, number>>;
  /** The longest time that the event loop was held, in milliseconds of processor time and by the clock. */
  readonly heldMs: number;
  readonly heldWallMs: number;
}

/** The row of a batch. A run counts once for each kind of finding. */
export function rowOf(name: string, { reports, findings }: BatchResult): Row {
  const count = (kind: FindingKind): number =>
    reports.filter((report) => report.findings.some((finding) => finding.kind === kind)).length +
    findings.filter((finding) => finding.kind === kind).length;
  return {
    name,
    runs: reports.length,
    refused: reports.filter(({ end }) => end === "bad-source").length,
    clean: reports.filter((report) => report.findings.length === 0).length,
    counts: Object.fromEntries(findingKinds.map((kind) => [kind, count(kind)])) as Record<FindingKind, number>,
    heldMs: Math.max(0, ...reports.map(({ heldMs }) => heldMs)),
    heldWallMs: Math.max(0, ...reports.map(({ heldWallMs }) => heldWallMs)),
  };
}

const titles: Readonly<Record<FindingKind, string>> = {
  escape: "escapes",
  death: "deaths",
  hang: "hangs",
  stall: "stalls",
  untyped: "untyped errors",
  memory: "too much memory",
  leak: "left behind",
  wrong: "wrong results",
  sick: "good code failed after",
};

/** The table. */
export function tableOf(rows: readonly Row[]): string {
  const head = [
    "",
    "runs",
    "refused by the check",
    "clean",
    ...findingKinds.map((kind) => titles[kind]),
    "longest hold, ms",
    "by the clock, ms",
  ];
  const lines = rows.map(({ name, runs, refused, clean, counts, heldMs, heldWallMs }) => [
    ...[name, runs, refused, clean],
    ...[...findingKinds.map((kind) => counts[kind]), heldMs, heldWallMs],
  ]);
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** One line for each run with a finding, and for each finding of no single run. */
export function faultsOf(name: string, { reports, findings }: BatchResult): readonly string[] {
  const line = (report: Report): string =>
    `${name}, ${report.title} (${report.end}): ${report.findings.map(({ kind, text }) => `${kind}: ${text}`).join("; ")}`;
  return [
    ...reports.filter((report) => report.findings.length > 0).map(line),
    ...findings.map(({ kind, text }) => `${name}: ${kind}: ${text}`),
  ];
}
