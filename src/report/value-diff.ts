/** The parameter values of two candidates as one difference of lines, for a terminal. */

import { redactor } from "../util/redact.ts";
import { visible } from "./markup.ts";
import { plainLine } from "./terminal.ts";

/** A candidate: what to call it, and its parameter values by name. */
export interface NamedValues {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Texts that differ more than this are given one after the other: comparing takes quadratic time. */
const bounds = { context: 3, maxEditLength: 2_000 } as const;

/**
 * Every parameter that differs, as a unified diff; "" when none does. Without secrets, and with hidden characters
 * written out. Loads the package `diff`.
 */
export async function valueDiff(before: NamedValues, after: NamedValues): Promise<string> {
  const { structuredPatch } = await import("diff");
  const names = [...new Set([...Object.keys(before.values), ...Object.keys(after.values)])].sort();
  const redact = redactor();
  const parts = names.flatMap((name) => {
    const [old, now] = [textOf(before.values, name), textOf(after.values, name)];
    if (old === now) return [];
    const patch = structuredPatch("", "", old ?? "", now ?? "", undefined, undefined, bounds);
    const changes = patch?.hunks.flatMap(({ oldStart, newStart, lines }) => [
      `@@ ${oldStart} → ${newStart} @@`,
      ...lines,
    ]);
    const head = [
      `--- ${before.name}: ${name}${absenceText(old)}`,
      `+++ ${after.name}: ${name}${absenceText(now)}`,
    ].map(plainLine);
    return [...head, ...(changes ?? [...signLines("-", old), ...signLines("+", now)])].filter(
      (line) => line !== noBreak,
    );
  });
  return redact(parts.map((line) => `${visible(line).replaceAll("\n", " ")}\n`).join(""));
}

const noBreak = "\\ No newline at end of file";

function absenceText(text: string | undefined): string {
  return text === undefined ? " (missing)" : "";
}

function signLines(sign: string, text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split("\n").map((line) => `${sign}${line}`);
}

/** Texts and code unchanged, everything else as JSON. */
function textOf(values: Readonly<Record<string, unknown>>, name: string): string | undefined {
  if (!Object.hasOwn(values, name)) return undefined;
  const value = values[name];
  return typeof value === "string" ? value : (JSON.stringify(value, undefined, 2) ?? "undefined");
}
