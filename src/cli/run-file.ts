/** Loads the file of a run or a study, and calls its function with the options of the command line. */

import { relative } from "node:path";
import { defaultExport } from "../executors/load-file.ts";
import type { RunFileOptions, StudyFileOptions } from "../index.ts";
import { usageError } from "./terminal.ts";

/** The options that the function of a file gets. */
export type FileOptions = RunFileOptions & StudyFileOptions & { readonly signal: AbortSignal };

/** What the function of a file returned. */
export interface FileResult {
  /** A Run, a StudyRun, or the result of a study. */
  readonly value: unknown;
  /** Whether it listens to the signal. */
  readonly stops: boolean;
}

/**
 * Loads the file at `path` and calls its default export. A Run does nothing until it is watched, so nothing is spent.
 * @param onRead Gets the name of each option when the file reads it.
 * @throws TracegradError `usage` when there is no such file, its export is not usable, or it ignores a flag;
 *   `no-tsx` for a TypeScript file without tsx. What the file itself throws passes through.
 */
export async function beginFile(
  path: string,
  options: FileOptions,
  onRead: (name: string) => void = () => undefined,
): Promise<FileResult> {
  const file = relative(process.cwd(), path);
  const exported = await defaultExport(file);
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  const read = new Set<string>();
  const noteRead = (name: string): void => {
    read.add(name);
    onRead(name);
  };
  const value = typeof exported === "function" ? await call(exported as DefaultExport, set, noteRead) : await exported;
  const ignored = set.find(([name]) => name !== "signal" && !read.has(name))?.[0];
  if (ignored !== undefined) {
    const fix = `let its default export be a function of options that passes options.${ignored} to train or study`;
    throw usageError(`${file} ignores ${flagOf(ignored, options)}: ${fix}.`);
  }
  return { value, stops: read.has("signal") };
}

/** The flag on the command line: `budget: { llmCalls }` is --budget-llm-calls. */
function flagOf(name: string, { budget = {} }: FileOptions): string {
  const words = name === "budget" ? ["budget", ...Object.keys(budget).slice(0, 1)].join("-") : name;
  return `--${words.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

type DefaultExport = (options: object) => unknown;

/** Calls the function with options that record which were read: a flag without effect is an error. */
async function call(
  make: DefaultExport,
  set: readonly (readonly [string, unknown])[],
  onRead: (name: string) => void,
): Promise<unknown> {
  const options = {};
  for (const [name, value] of set) {
    const get = (): unknown => {
      onRead(name);
      return value;
    };
    Object.defineProperty(options, name, { enumerable: true, get });
  }
  return await make(options);
}
