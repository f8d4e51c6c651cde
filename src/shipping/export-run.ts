/** Writes what a run learned to files: the state that `load` reads, a patch to review, and a file for each value. */

import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { verdictLines } from "../report/verdict-text.ts";
import { candidateOf, type SavedRun, type WhichCandidate } from "../training/read-run.ts";
import type { ScoredCandidate } from "../training/types.ts";
import { TracegradError } from "../util/errors.ts";
import { formatJson, writeWhole } from "../util/json-file.ts";
import { UniqueNames } from "../util/names.ts";
import { redactData } from "../util/redact.ts";
import { mark } from "../util/secret-forms.ts";
import { type LearnedProgram, learnedFormat } from "./learned.ts";
import { learnedPatch } from "./learned-patch.ts";
import { candidatesOf, learnedSteps } from "./learned-steps.ts";
import { LineOrigins, valueFileText } from "./line-origins.ts";

/** Files by their paths in a folder, with `/` between names. */
export type ExportedFiles = ReadonlyMap<string, string>;

function learnedProgram(run: SavedRun, which: WhichCandidate): LearnedProgram {
  if (which === "best" && run.progress.ended === undefined) {
    const fix = `Resume it: \`npx tracegrad resume ${run.folder}\`. Or give the step of a candidate.`;
    throw new TracegradError("not-decided", `The run in ${run.folder} has not ended, so nothing ships yet. ${fix}`);
  }
  const candidate = candidateOf(run, which);
  const { values, redacted } = exportableValues(run, candidate);
  return {
    format: "tracegrad-learned",
    version: 1,
    run: run.info.id,
    candidate: candidate.id,
    step: candidate.step,
    verdict: redactData(verdictOn(run, candidate)),
    values,
    redacted,
    code: codeNames(run),
    steps: redactData(learnedSteps(run, candidate)),
  };
}

function verdictOn({ verdict, best, progress }: SavedRun, { id }: ScoredCandidate): readonly string[] {
  if (progress.ended === undefined) return ["The run has not ended, so it has decided nothing."];
  if (best !== undefined && best.id !== id) return [`The run ships candidate ${best.id}, not this one.`];
  return verdict === undefined ? [] : verdictLines(verdict);
}

/** Values without those that the run has stored redacted: in their place the program has its own. */
function exportableValues(
  { candidates, folder }: SavedRun,
  { values }: ScoredCandidate,
): Pick<LearnedProgram, "values" | "redacted"> {
  const isRedacted = (value: unknown): boolean => (JSON.stringify(value) ?? "").includes(mark);
  const redacted = Object.keys(values).filter((name) => isRedacted(values[name]));
  const learned = redacted.filter((name) => !isDeepStrictEqual(values[name], candidates[0]?.values[name]));
  if (learned.length > 0) {
    throw new TracegradError(
      "redacted-value",
      `The run in ${folder} has learned ${learned.join(", ")} with what its \`redact\` option takes for a secret, and has ` +
        "stored it redacted. Train without that secret in the value.",
    );
  }
  const rest = Object.entries(values).filter(([name]) => !redacted.includes(name));
  return { values: Object.fromEntries(rest), redacted };
}

function codeNames({ progress }: SavedRun): readonly string[] {
  const { baseline } = (progress.spec ?? {}) as { readonly baseline?: { readonly code?: readonly string[] } };
  return baseline?.code ?? [];
}

/** What a run learned, as data and as the files of its export. */
export interface RunExport {
  readonly learned: LearnedProgram;
  readonly files: ExportedFiles;
}

/**
 * Exports what a run learned, into these files: `learned.json`, which `load` reads; `learned.patch`, from the baseline
 * to what was learned, with the step of each line, what it learned from, and the verdict; and `values/`, a file for each
 * value.
 * @param which Default: the candidate that ships.
 * @throws TracegradError `no-step` when the run has no such candidate; `not-decided` when it has not ended, so that
 * nothing ships yet; `redacted-value` when the run has stored a learned value redacted.
 * @example
 * const { learned, files } = exportRun(await readRun("runs/triage"));
 * console.log(learned.verdict.join("\n"));
 * await writeExport(files, "learned");
 */
export function exportRun(run: SavedRun, which: WhichCandidate = "best"): RunExport {
  const learned = learnedProgram(run, which);
  const candidate = candidateOf(run, which);
  const [baseline] = run.candidates as readonly [ScoredCandidate, ...ScoredCandidate[]];
  const paths = valuePaths(learned);
  const origins = new LineOrigins(candidatesOf(run));
  const { format: _, version: __, ...fields } = learned;
  const files = new Map([
    ["learned.json", formatJson(learnedFormat("learned.json"), fields)],
    ["learned.patch", learnedPatch({ learned, baseline, candidate, origins, paths })],
    ...[...paths].map(([name, file]) => [file, valueFileText(learned.values[name])] as const),
  ]);
  return { learned, files };
}

/** Names that Windows keeps for devices. */
const reserved = /^(?:con|prn|aux|nul|com\d|lpt\d)$/;

/** Names of values are identifiers; the files differ also where case does not count. */
function valuePaths({ values, code }: LearnedProgram): ReadonlyMap<string, string> {
  const taken = new UniqueNames();
  return new Map(
    Object.entries(values).map(([name, value]) => {
      const kind = code.includes(name) ? "ts" : typeof value === "string" ? "txt" : "json";
      const base = taken.take(name.toLowerCase().replace(reserved, "$&_"));
      return [name, `values/${base}.${kind}`] as const;
    }),
  );
}

/**
 * Writes the files of an export into a folder, in place of those of an earlier export.
 * @returns The paths that were written.
 * @throws The errors of the disk.
 */
export async function writeExport(files: ExportedFiles, folder: string): Promise<readonly string[]> {
  await removeEarlier(files, folder);
  const paths: string[] = [];
  for (const [file, text] of files) {
    const path = join(folder, file);
    await writeWhole(path, text);
    paths.push(path);
  }
  return paths;
}

/** Removes the files of values that an earlier export had and this one has not. */
async function removeEarlier(files: ExportedFiles, folder: string): Promise<void> {
  const names = await readdir(join(folder, "values")).catch(() => []);
  if (names.length === 0 || !(await isFile(join(folder, "learned.json")))) return;
  const earlier = names.filter((name) => /\.(?:ts|txt|json)$/.test(name) && !files.has(`values/${name}`));
  for (const name of earlier) await rm(join(folder, "values", name));
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}
