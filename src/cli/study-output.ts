/** The progress of a study as lines, and its result as a table and as files for people and spreadsheets. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { csvTable, markdownTable, spentText, studyFigures, studyPlot, studyTable, textTable } from "../doors/report.ts";
import type { StudyEvent, StudyResult } from "../index.ts";
import { say, type Terminal, writeJson } from "./terminal.ts";

/** An event as a line; undefined for an event without one. */
export function studyLine(event: StudyEvent): string | undefined {
  const { cell, trial } = event;
  const name = `${cell}, trial ${trial.index}`;
  if (event.type === "trial-start") return `${name}: started (${event.done} of ${event.of} trials done)`;
  if (event.type !== "trial-end") return undefined;
  const { scores, error, reused, status } = event.trial;
  if (scores === undefined) return `${name}: ${status}. ${error ?? ""}`;
  return `${name}: test ${scores.baseline.toFixed(3)} → ${scores.best.toFixed(3)}${reused ? " (done before)" : ""}`;
}

/** Where the result of a study goes. */
export interface StudyOutput {
  readonly terminal: Terminal;
  readonly json: boolean;
  /** Undefined when nothing is saved. */
  readonly folder: string | undefined;
}

/** Prints the table of a study, and writes `study.json`, `study.md`, `study.csv` and `study.svg` into its folder. */
export async function showStudy(result: StudyResult, { terminal, json, folder }: StudyOutput): Promise<void> {
  if (json) writeJson(terminal, { folder, ...result });
  else terminal.out.write(`${textTable(studyTable(result))}spent ${spentText(result.spent)}\n`);
  if (!result.complete) say(terminal, "Some trials are not finished: the same command continues with them.");
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = {
    "study.json": `${JSON.stringify(result, undefined, 1)}\n`,
    "study.md": markdownTable(studyTable(result)),
    "study.csv": csvTable(studyFigures(result)),
    "study.svg": studyPlot(result),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  say(terminal, `Written to ${folder}: ${Object.keys(files).join(", ")}`);
}
