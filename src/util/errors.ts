/**
 * The base of every error tracegrad throws on purpose: a stable `code` for programs, a sentence with the fix for
 * people.
 */

import { endOf, headOf, shorten } from "./cut.ts";

/** An error of tracegrad. Catch it by class, or distinguish its kinds by `code`. */
export class TracegradError extends Error {
  override readonly name: string = "TracegradError";
  /** A stable identifier of the kind of error, such as `"bad-feedback"`. */
  readonly code: string;
  /**
   * The message without what only the author of a program can do about it, such as an option to raise. Given where the
   * message has such a line: a model that writes the program is not shown it.
   */
  declare readonly messageForModel?: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Something outside the program failed: a model gave no answer, a budget is spent, a run folder cannot be written.
 * It says nothing about the program that runs, so it never becomes feedback: it passes through bundles unchanged.
 */
export class ExternalCallError extends TracegradError {
  override readonly name: string = "ExternalCallError";
}

/**
 * Source text that was refused, with the place: 1-based `line` and `column`, and the line itself with a caret under it.
 */
export class SourceError extends TracegradError {
  override readonly name: string = "SourceError";
  readonly line: number;
  readonly column: number;

  constructor(problem: string, source: string, line: number, column: number) {
    super("bad-source", `${problem} (line ${line}, column ${column})\n${caretAt(source, line, column)}`);
    this.line = line;
    this.column = column;
  }
}

/** The line of a place with a caret under the column; both from 1. */
export function caretAt(source: string, line: number, column: number): string {
  const text = source.split("\n")[line - 1] ?? "";
  // A very long line is shown around the caret only, so that the message stays readable.
  const part = endOf(text, text.length - Math.max(0, column - 1 - 80));
  const before = Math.max(0, column - 1 - (text.length - part.length));
  return `${headOf(part, 160)}\n${" ".repeat(before)}^`;
}

/** Whether an error of the file system says that the path does not exist. */
export function isMissing(thrown: unknown): boolean {
  return (thrown as NodeJS.ErrnoException | null)?.code === "ENOENT";
}

/** How many characters of a message are kept: a page that a server sent back would drown everything else. */
const maxMessage = 4_000;
const maxName = 100;

/**
 * The text of anything that was thrown, as models may see it; also of values that are not errors or that throw when
 * read. Long ones are shortened to about 4,000 characters, with a mark. Never throws.
 */
export function messageOf(thrown: unknown): string {
  const { name, message } = partsOf(thrown);
  return name === undefined ? message : `${name}: ${message}`;
}

/**
 * The name and the message of anything that was thrown, as {@link messageOf} shows them; no name for what is not an
 * error.
 */
export function partsOf(thrown: unknown): { readonly name?: string; readonly message: string } {
  try {
    if (!(thrown instanceof Error)) return { message: shorten(textOf(thrown), maxMessage) };
    return {
      name: shorten(String(thrown.name), maxName),
      message: shorten(String((thrown as TracegradError).messageForModel ?? thrown.message), maxMessage),
    };
  } catch {
    return { message: "(an error that cannot be read)" };
  }
}

/** Items of a thrown array that are joined to a text: to join more takes as long as the array is. */
const maxItems = 1_000;

function textOf(thrown: unknown): string {
  if (!Array.isArray(thrown) || itemsLeft(thrown, maxItems) >= 0) return String(thrown);
  return `an array of ${thrown.length} items`;
}

/** How many of `left` items are left after those of an array, and of the arrays in it; below zero, there are more. */
function itemsLeft(list: readonly unknown[], left: number): number {
  let rest = left - 1 - list.length;
  for (let index = 0; index < list.length && rest >= 0; index++) {
    const item = list[index];
    if (Array.isArray(item)) rest = itemsLeft(item, rest);
  }
  return rest;
}
