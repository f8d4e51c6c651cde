/** Compiles many small programs at once, as a user's editor would, and gives what the compiler says of each. */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** Marks, in the text of a program, the word on which its first error must stand. */
const here = "‸";

/** What the compiler says first about a program. */
export interface FirstError {
  /** The marked word, and the word that the error stands on. */
  readonly at: string;
  readonly wanted: string;
  readonly code: number;
  /** All lines of the message, and of those that belong to it. */
  readonly text: string;
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** The first error of each program by its name; undefined for one that compiles. All share one prelude. */
export function firstErrors(
  prelude: string,
  programs: ReadonlyMap<string, string>,
  settings: ts.CompilerOptions = {},
): ReadonlyMap<string, FirstError | undefined> {
  const texts = new Map([...programs].map(([name, text], at) => [fileOf(at), { name, text: `${prelude}\n${text}` }]));
  const options = { ...settingsOfProject(), noUnusedLocals: false, noUnusedParameters: false, ...settings };
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.getSourceFile = (path, ...rest) => {
    const own = texts.get(path);
    if (own === undefined) return getSourceFile(path, ...rest);
    return ts.createSourceFile(path, own.text.replaceAll(here, ""), {
      languageVersion: ts.ScriptTarget.ES2022,
      ...formatOf(rest[0]),
    });
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return new Map(
    [...texts].map(([path, { name, text }]) => {
      const file = program.getSourceFile(path) as ts.SourceFile;
      const [first] = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [name, first && errorOf(first, file.text, text)] as const;
    }),
  );
}

function formatOf(given: ts.CreateSourceFileOptions | ts.ScriptTarget): Partial<ts.CreateSourceFileOptions> {
  return typeof given === "object" ? given : {};
}

function fileOf(index: number): string {
  return join(root, `test/types/program-${index}.ts`).replaceAll("\\", "/");
}

function settingsOfProject(): ts.CompilerOptions {
  const path = join(root, "tsconfig.json");
  const { config } = ts.parseConfigFileTextToJson(path, readFileSync(path, "utf8"));
  return ts.parseJsonConfigFileContent({ ...config, include: [], files: ["src/index.ts"] }, ts.sys, root).options;
}

function errorOf(
  { start = 0, code, messageText, relatedInformation = [] }: ts.Diagnostic,
  text: string,
  marked: string,
): FirstError {
  const wanted = marked.indexOf(here);
  return {
    at: wordAt(text, start),
    wanted: wanted < 0 ? "a program that compiles" : wordAt(text, wanted),
    code,
    text: [messageText, ...relatedInformation.map((related) => related.messageText)]
      .map((part) => ts.flattenDiagnosticMessageText(part, "\n"))
      .join("\n"),
  };
}

/** The text from there to the end of its line, so that equal words on other lines differ. */
function wordAt(text: string, start: number): string {
  const line = text.slice(0, start).split("\n").length;
  return `line ${line}: ${text.slice(start, text.indexOf("\n", start)).slice(0, 60)}`;
}
