/** Writes what a run learned to files: the state that `load` reads, a patch to review, and each value by itself. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { verdictLines } from "../report/verdict-text.ts";
import { candidateOf, type SavedRun, type WhichCandidate } from "../training/read-run.ts";
import type { ScoredCandidate } from "../training/types.ts";
import { formatJson, writeWhole } from "../util/json-file.ts";
import { UniqueNames } from "../util/names.ts";
import { type LearnedProgram, learnedFormat } from "./learned.ts";
import { learnedPatch } from "./learned-patch.ts";
import { candidatesOf, learnedSteps } from "./learned-steps.ts";
import { LineOrigins, valueFileText } from "./line-origins.ts";

/** Files by their paths in a folder, with `/` between names. */
export type ExportedFiles = ReadonlyMap<string, string>;

/**
 * What a run learned, as data.
 * @param which Default: the candidate that ships.
 * @throws TracegradError `no-step` when the run has no such candidate.
 */
export function learnedProgram(run: SavedRun, which: WhichCandidate = "best"): LearnedProgram {
  const candidate = candidateOf(run, which);
  const verdict = shippedBy(run, candidate) ? verdictLines(run.verdict as NonNullable<SavedRun["verdict"]>) : [];
  return {
    format: "tracegrad-learned",
    version: 1,
    run: run.info.id,
    candidate: candidate.id,
    step: candidate.step,
    verdict,
    values: candidate.values,
    code: codeNames(run),
    steps: learnedSteps(run, candidate),
  };
}

/** The verdict is on what ships, not on every candidate. */
function shippedBy({ verdict, best }: SavedRun, candidate: ScoredCandidate): boolean {
  return verdict !== undefined && best?.id === candidate.id;
}

function codeNames({ progress }: SavedRun): readonly string[] {
  const { baseline } = (progress.spec ?? {}) as { readonly baseline?: { readonly code?: readonly string[] } };
  return baseline?.code ?? [];
}

/**
 * The files of an export: `learned.json`, which `load` reads; `learned.patch`, from the baseline to what was learned,
 * with the step of each line, what it learned from, and the verdict; and `values/`, a file a value.
 * @throws TracegradError `no-step` when the run has no such candidate.
 */
export function exportedFiles(run: SavedRun, which: WhichCandidate = "best"): ExportedFiles {
  const learned = learnedProgram(run, which);
  const candidate = candidateOf(run, which);
  const [baseline] = run.candidates as readonly [ScoredCandidate, ...ScoredCandidate[]];
  const files = valueFiles(learned);
  const origins = new LineOrigins(candidatesOf(run));
  const { format: _, version: __, ...fields } = learned;
  return new Map([
    ["learned.json", formatJson(learnedFormat("learned.json"), fields)],
    ["learned.patch", learnedPatch({ learned, baseline, candidate, origins, files })],
    ...[...files].map(([name, file]) => [file, valueFileText(learned.values[name])] as const),
  ]);
}

/** Names of values are identifiers; the files differ also where case does not count. */
function valueFiles({ values, code }: LearnedProgram): ReadonlyMap<string, string> {
  const taken = new UniqueNames();
  return new Map(
    Object.entries(values).map(([name, value]) => {
      const kind = code.includes(name) ? "ts" : typeof value === "string" ? "txt" : "json";
      return [name, `values/${taken.take(name.toLowerCase())}.${kind}`];
    }),
  );
}

/**
 * Writes the files of an export into a folder, over those of an earlier export.
 * @returns The paths that were written.
 * @throws TracegradError `no-step`; the errors of the disk.
 * @example
 * await writeExport(exportedFiles(await readRun("runs/triage")), "learned");
 */
export async function writeExport(files: ExportedFiles, folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const [file, text] of files) {
    const path = join(folder, file);
    await writeWhole(path, text);
    paths.push(path);
  }
  return paths;
}
