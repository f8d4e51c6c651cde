/** The learned values as a patch for a review: where each change came from, then the change of each value. */

import { type StructuredPatchHunk, structuredPatch } from "diff";
import type { Candidate } from "../optimizers/search/search.ts";
import { scoreText } from "../report/figures.ts";
import { plainText } from "../report/terminal.ts";
import { shorten } from "../util/cut.ts";
import type { LearnedProgram, LearnedStep } from "./learned.ts";
import { type LineOrigins, type TracedLine, valueFileText } from "./line-origins.ts";

/** How much of a feedback and of a reasoning is written, and how many examples. */
const [maxText, maxExamples] = [2_000, 20];
/** Texts that differ more than this are replaced as a whole: comparing takes quadratic time. */
const bounds = { context: 3, maxEditLength: 2_000 } as const;

/** What a patch is written of. */
export interface PatchParts {
  readonly learned: LearnedProgram;
  readonly baseline: Candidate;
  readonly candidate: Candidate;
  readonly origins: LineOrigins;
  /** The file of each value, by the value's name. */
  readonly paths: ReadonlyMap<string, string>;
}

/** The patch, which `git apply` and `patch -p1` take: from the files of the baseline's values to those of the learned. */
export function learnedPatch(parts: PatchParts): string {
  const { learned, baseline, candidate, paths } = parts;
  const changes = [...paths].flatMap(([name, file]) => {
    const [before, after] = [valueFileText(baseline.values[name]), valueFileText(candidate.values[name])];
    return before === after ? [] : [filePatch(parts, name, { file, before, after })];
  });
  return `${preamble(learned)}\n${changes.join("")}`;
}

/** What stands before the first file, indented: a tool that applies the patch passes over it. */
function preamble({ run, candidate, step, verdict, steps }: LearnedProgram): string {
  const lines = [
    `Learned by the run ${run}: candidate ${candidate} of step ${step}.`,
    ...verdict,
    ...steps.flatMap(stepLines),
  ];
  return plainText(lines.join("\n"))
    .split("\n")
    .map((line) => `# ${line}`.trimEnd())
    .join("\n");
}

function stepLines({ step, changed, examples, feedback, reasoning }: LearnedStep): readonly string[] {
  const named = examples.slice(0, maxExamples).map(({ id, score }) => `${id} (${scoreText(score)})`);
  const more = examples.length > named.length ? [`and ${examples.length - named.length} more`] : [];
  return [
    "",
    `Step ${step} changed ${changed.length === 0 ? "nothing that its parents did not have" : changed.join(", ")}.`,
    ...(examples.length === 0 ? [] : [`  Examples, with their scores: ${[...named, ...more].join(", ")}`]),
    ...titled("Feedback", feedback),
    ...titled("Reasoning", reasoning),
  ];
}

function titled(title: string, text: string): readonly string[] {
  if (text.trim() === "") return [];
  return [
    `  ${title}:`,
    ...shorten(text, maxText)
      .split("\n")
      .map((line) => `    ${line}`),
  ];
}

interface FileChange {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

function filePatch({ candidate, origins }: PatchParts, name: string, { file, before, after }: FileChange): string {
  const patch = structuredPatch("", "", before, after, undefined, undefined, bounds);
  const lines = origins.of(candidate, name);
  const hunks = (patch?.hunks ?? [wholeHunk(before, after)]).map((hunk) => hunkText(hunk, lines));
  return `--- a/${file}\n+++ b/${file}\n${hunks.join("")}`;
}

/** All of a text replaced by all of another. */
function wholeHunk(before: string, after: string): StructuredPatchHunk {
  const linesOf = (text: string): readonly string[] => text.replace(/\n$/, "").split("\n");
  const signed = (sign: string, text: string): readonly string[] => [
    ...linesOf(text).map((line) => `${sign}${line}`),
    ...(text.endsWith("\n") ? [] : ["\\ No newline at end of file"]),
  ];
  return {
    ...{ oldStart: 1, oldLines: linesOf(before).length, newStart: 1, newLines: linesOf(after).length },
    lines: [...signed("-", before), ...signed("+", after)],
  };
}

/** A hunk with the steps of its new lines in its heading. */
function hunkText(
  { oldStart, oldLines, newStart, newLines, lines }: StructuredPatchHunk,
  origins: readonly TracedLine[],
): string {
  // An empty side begins at the line before it.
  const range = (start: number, count: number): string => `${count === 0 ? start - 1 : start},${count}`;
  const heading = `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@ ${stepsOf(lines, newStart, origins)}`;
  return [heading.trimEnd(), ...lines].map((line) => `${line}\n`).join("");
}

/** From which steps the new lines of a hunk came: `lines 1 to 2: step 3; line 5: step 7`. */
function stepsOf(lines: readonly string[], newStart: number, origins: readonly TracedLine[]): string {
  const runs: { readonly from: number; to: number; readonly step: number }[] = [];
  let at = newStart;
  for (const line of lines) {
    if (line.startsWith("-") || line.startsWith("\\")) continue;
    if (line.startsWith("+")) {
      const step = origins[at - 1]?.step ?? 0;
      const last = runs.at(-1);
      if (last?.to === at - 1 && last.step === step) last.to = at;
      else runs.push({ from: at, to: at, step });
    }
    at += 1;
  }
  return runs
    .map(({ from, to, step }) => `${from === to ? `line ${from}` : `lines ${from} to ${to}`}: step ${step}`)
    .join("; ");
}
