/** The table of toolchains: what each makes of the program, as it is kept beside this file and shown in the guide. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Part } from "./program/program.ts";

/** What a toolchain makes of the program. A cell is "yes", the name of an error of `errors`, or the error itself. */
export interface Row {
  readonly name: string;
  /** A prompt, read and replaced in a traced call. */
  readonly prompt: string;
  /** Trainable functions that use nothing from outside, with their own and with learned texts. */
  readonly plain: string;
  /** Trainable functions that use what their `scope` gives, with their own and with learned texts. */
  readonly scoped: string;
  /** The texts of the functions as an optimizer reads them. */
  readonly sees: string;
  /** What a bundle without the option `name` is called, of `const ask = bundle(async function ask …)`. */
  readonly unnamed: string;
}

/** What a run of the program printed, or why there is none. */
export type Printed = Readonly<Record<"prompt" | "plain" | "scoped", Part>> | { readonly failed: string };

/** Errors that a toolchain may end in, by name: the sentence must say what to do. */
const errors: readonly (readonly [name: string, sentence: RegExp])[] = [
  ["not deployed", /is part of a bundle, and reads files .* Mark "tracegrad" as external in the bundler/],
  ["minified", /its text was minified.* Build its file without minification, or with a source map that holds the/],
];

const expected = {
  prompt: ["Say hello", "Shout hello"],
  plain: ["hell?", "<HELL>"],
  scoped: ["hel!", "<HEL!>"],
} as const;

/** The row of a toolchain by what the program printed. */
export function rowOf(name: string, printed: Printed): Row {
  if ("failed" in printed) {
    return { name, prompt: errorName(printed.failed), plain: "", scoped: "", sees: "", unnamed: "" };
  }
  const cell = (part: keyof typeof expected): string => {
    const { outputs, error } = printed[part];
    if (error !== undefined) return errorName(error);
    const isRight = JSON.stringify(outputs) === JSON.stringify(expected[part]);
    return isRight ? "yes" : `wrong: ${JSON.stringify(outputs)}`;
  };
  const sees = printed.plain.seen?.[0];
  const called = printed.prompt.seen?.[0];
  return {
    name,
    prompt: cell("prompt"),
    plain: cell("plain"),
    scoped: cell("scoped"),
    sees: sees === undefined ? "" : textKind(sees),
    unnamed: called === undefined ? "" : /^ask\d*$/.test(called) ? called : "a minifier's name",
  };
}

function errorName(message: string): string {
  return errors.find(([, sentence]) => sentence.test(message))?.[0] ?? message;
}

function textKind(text: string): string {
  if (text.includes("text: string")) return "TypeScript";
  return text.includes("text") ? "JavaScript" : "minified";
}

const root = resolve(import.meta.dirname, "../..");
/** Where the table is kept. */
export const tableFile: string = join(import.meta.dirname, "table.json");
/** The page that shows it. */
export const pageFile: string = join(root, "docs/guide/bundlers.md");

/** The table as it is kept. */
export function readTable(): readonly Row[] {
  return JSON.parse(readFileSync(tableFile, "utf8")) as readonly Row[];
}

const begin = "<!-- toolchains -->\n";
const end = "<!-- /toolchains -->";

/** The page with the table between its marks. */
export function pageWith(page: string, table: readonly Row[]): string {
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`The page has no ${begin.trim()} … ${end}`);
  return `${page.slice(0, before)}${begin}\n${markdown(table)}\n${page.slice(after)}`;
}

/** Forms of one tool that come to the same are one line of the page. */
function joined(table: readonly Row[]): readonly Row[] {
  const lines = new Map<string, Row>();
  for (const row of table) {
    const [tool = "", ...form] = row.name.split(", ");
    const key = JSON.stringify([tool, row.prompt, row.plain, row.scoped, row.sees, row.unnamed]);
    const known = lines.get(key);
    const also = known === undefined ? row.name : `${known.name}; ${form.join(", ")}`;
    lines.set(key, { ...row, name: known === undefined ? row.name.replace(", ", ": ") : also });
  }
  return [...lines.values()];
}

function markdown(table: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const code = (name: string): string => (name.startsWith("ask") ? `\`${name}\`` : name);
  return [
    line(["toolchain", "prompts", "trainable functions", "with `scope`", "the optimizer sees", "unnamed `ask` is"]),
    line(["---", "---", "---", "---", "---", "---"]),
    ...joined(table).map(({ name, prompt, plain, scoped, sees, unnamed }) =>
      line([name, prompt, plain, scoped, sees, code(unnamed)]),
    ),
  ].join("");
}
