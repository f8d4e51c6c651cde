/** Loads the file of a run or a study, and calls its function with what the command line says. */

import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type RunFileOptions, type StudyFileOptions, TracegradError } from "../index.ts";
import { usageError } from "./terminal.ts";

/** What the function of a file is given. */
export type Given = RunFileOptions & StudyFileOptions & { readonly signal: AbortSignal };

/** What a file gave. */
export interface Begun {
  /** A Run, a StudyRun, or the result of a study. */
  readonly value: unknown;
  /** Whether it listens to the signal. */
  readonly stops: boolean;
}

/**
 * Loads the file at `path` and begins what it exports; a Run does nothing before it is watched, so nothing is spent
 * yet.
 * @throws TracegradError `usage` when there is no such file, it exports nothing of use, or it ignores a flag;
 *   `no-tsx` for a TypeScript file without tsx. What the file itself throws is thrown on.
 */
export async function beginFile(path: string, given: Given): Promise<Begun> {
  const file = relative(process.cwd(), path);
  const exported = await defaultExport(file);
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const read = new Set<string>();
  const value = typeof exported === "function" ? await call(exported as Maker, set, read) : await exported;
  const ignored = set.find(([name]) => name !== "signal" && !read.has(name))?.[0];
  if (ignored !== undefined) {
    throw usageError(
      `${file} ignores ${flagOf(ignored, given)}: let its default export be a function of options that passes options.${ignored} to train or study.`,
    );
  }
  return { value, stops: read.has("signal") };
}

/** As it is written on the command line: `budget: { llmCalls }` is --budget-llm-calls. */
function flagOf(name: string, { budget = {} }: Given): string {
  const words = name === "budget" ? ["budget", ...Object.keys(budget).slice(0, 1)].join("-") : name;
  return `--${words.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

type Maker = (options: object) => unknown;

/** Options whose reading is seen, so that a flag which would have no effect is an error and no surprise. */
async function call(make: Maker, set: readonly (readonly [string, unknown])[], read: Set<string>): Promise<unknown> {
  const options = {};
  for (const [name, value] of set) {
    const get = (): unknown => {
      read.add(name);
      return value;
    };
    Object.defineProperty(options, name, { enumerable: true, get });
  }
  return await make(options);
}

async function defaultExport(file: string): Promise<unknown> {
  const path = resolve(file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw usageError(`There is no file ${file}. Give the path of a .ts, .js or .mjs file.`);
  }
  if (/^\.[cm]?tsx?$/.test(extname(path))) await loadTypeScript(file, path);
  const loaded = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  // In a project without "type": "module", TypeScript becomes CommonJS, whose exports are all in the default one.
  const inner = loaded.default as { readonly __esModule?: unknown; readonly default?: unknown } | undefined;
  const given = inner?.__esModule === true ? inner.default : inner;
  if (given !== undefined) return given;
  throw usageError(`${file} has no default export. Write \`export default (options) => train({ …, ...options })\`.`);
}

/** Lets Node load TypeScript: by the tsx of the file's project, or by what Node itself can do. */
async function loadTypeScript(file: string, path: string): Promise<void> {
  for (const from of [path, import.meta.url]) {
    try {
      // Its main module registers itself when it is imported, as `node --import tsx` has it.
      await import(pathToFileURL(createRequire(from).resolve("tsx")).href);
      return;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw thrown;
    }
  }
  if ("typescript" in process.features && process.features.typescript) return;
  throw new TracegradError(
    "no-tsx",
    `${file} is TypeScript, and tsx is not installed. Run \`npm install --save-dev tsx\`, or give a .js or .mjs file.`,
  );
}
