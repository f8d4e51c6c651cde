/** Code of a page as files of a user of the package: compiled, checked, ready to run. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { transform } from "esbuild";
import ts from "typescript";

const root = resolve(import.meta.dirname, "../..");

/** Writes the files of a page into a folder of the built package, TypeScript as JavaScript too. */
export async function writePage(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of files) {
    writeFileSync(join(folder, file), text);
    if (!file.endsWith(".ts")) continue;
    const { code } = await transform(text, { loader: "ts", target: "node20", sourcemap: "inline", sourcefile: file });
    writeFileSync(
      join(folder, file.replace(/\.ts$/, ".js")),
      code.replace(/((?:from |import\()"\.\/[^"]+)\.ts"/g, '$1.js"'),
    );
  }
}

/** What the compiler says of texts that are read as if they were files, with the settings of this repository. */
export function diagnosticsOf(texts: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const host = ts.createCompilerHost({ ...options, noUnusedLocals: false });
  const { fileExists, readFile, getSourceFile } = host;
  const folders = new Set([...texts.keys()].map((file) => dirname(file)));
  host.directoryExists = (path) => folders.has(path) || ts.sys.directoryExists(path);
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const text = texts.get(file);
    return text === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, text, rest[0], true);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  const found = [...texts.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  return found.map((one) => ts.formatDiagnostic(one, { ...host, getCanonicalFileName: (name) => name }));
}
