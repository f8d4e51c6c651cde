/**
 * The mutation library of the families over source text: lines that are put in where they are missing, and taken out
 * again.
 */

import type { Rng } from "../../../src/util/rng.ts";
import { pick, type Values } from "../problem.ts";
import { type Prompt, shownText } from "../prompt.ts";

/** A line of source text, without its indentation, and where it goes. */
export interface CodeEdit {
  readonly line: string;
  /** How the line begins behind which it goes. */
  readonly behind: string;
  /** Whether it goes behind the last such line. Default: behind the first. */
  readonly last?: boolean;
}

/** The code with the line, or without it when it was there; unchanged when there is no place for it. */
export function applied(code: string, { line, behind, last = false }: CodeEdit): string {
  const lines = code.split("\n");
  const there = lines.findIndex((one) => one.trim() === line);
  if (there >= 0) return lines.toSpliced(there, 1).join("\n");
  const begins = (one: string) => one.trim().startsWith(behind);
  const at = last ? lines.findLastIndex(begins) : lines.findIndex(begins);
  return at < 0 ? code : lines.toSpliced(at + 1, 0, indent(lines, at) + line).join("\n");
}

/** The indentation of the line itself, or of what follows when that is deeper. */
function indent(lines: readonly string[], at: number): string {
  const spaces = (line = "") => /^ */.exec(line)?.[0] ?? "";
  const [own, next] = [spaces(lines[at]), spaces(lines[at + 1])];
  return next.length > own.length ? next : own;
}

/** Puts a random line of the library into the code of `name`, or takes it out. */
export function randomCodeEdit(prompt: Prompt, name: string, library: readonly CodeEdit[], rng: Rng): Values {
  return { [name]: applied(shownText(prompt, name), pick(library, rng)) };
}

/** Whether the code has that line. */
export function has(code: string, line: string): boolean {
  return code.split("\n").some((one) => one.trim() === line);
}
