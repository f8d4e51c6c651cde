import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RecoveredSource } from "../../../src/nodes/source/recovered-source.ts";

type Printed = RecoveredSource & { label: string };

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const fixtures = join(repository, "test/fixtures/toolchains");
let project = "";

// A project as a user has it: the package in a folder of its own, and an app beside it that imports it.
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "tracegrad-toolchains-"));
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  cpSync(fixtures, project, { recursive: true });
  for (const folder of ["nodes/source", "util"]) {
    cpSync(join(repository, "src", folder), join(project, "package/src", folder), { recursive: true });
  }
  cpSync(join(fixtures, "mark.ts"), join(project, "package/src/nodes/mark.ts"));
  // A bundle finds the package again as one that is installed.
  writeFileSync(join(project, "package/package.json"), '{ "name": "tracegrad", "type": "module" }');
  mkdirSync(join(project, "node_modules"));
  symlinkSync(join(project, "package"), join(project, "node_modules/tracegrad"));
  const installed = join(repository, "node_modules");
  for (const name of readdirSync(installed)) symlinkSync(join(installed, name), join(project, "node_modules", name));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<Map<string, Printed>> {
  // The settings under which Vitest itself runs are not to reach the program under test.
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: project,
    env: { ...inherited, ...env },
  });
  expect(stderr).toBe("");
  const lines = stdout.trim().split("\n");
  return new Map(lines.map((line) => JSON.parse(line) as Printed).map((printed) => [printed.label, printed]));
}

function runTsx(settings: string): Promise<Map<string, Printed>> {
  const tsx = pathToFileURL(join(repository, "node_modules/tsx/dist/loader.mjs")).href;
  return run(["--import", tsx, "app/all.ts"], { TSX_TSCONFIG_PATH: settings });
}

/** Compiles the project file by file with TypeScript's own emitter, with source maps beside or inside of the files. */
function compile(outDir: string, options: ts.CompilerOptions): string {
  for (const folder of ["app", "package"]) {
    for (const name of readdirSync(join(project, folder), { recursive: true, encoding: "utf8" })) {
      if (name.endsWith(".ts")) compileFile(join(project, folder, name), outDir, options);
    }
  }
  return join(outDir, "app/all.js");
}

function compileFile(file: string, outDir: string, options: ts.CompilerOptions): void {
  const target = join(project, outDir, relative(project, file)).replace(/\.ts$/, ".js");
  const { outputText, sourceMapText } = ts.transpileModule(readFileSync(file, "utf8"), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
      ...options,
    },
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, outputText);
  if (sourceMapText === undefined) return;
  const map = JSON.parse(sourceMapText) as { sources: string[] };
  map.sources = [relative(dirname(target), file)];
  writeFileSync(`${target}.map`, JSON.stringify(map));
}

const FUNCTIONS: Record<string, Partial<Printed>> = {
  arrow: {
    text: "const double = (x: number): number => x * 2;",
    name: "double",
    doc: "Doubles a number.\n  Indented.",
    signature: "double(x: number): number",
  },
  declared: {
    text: [
      "async function total(values: readonly number[], { limit = 10 }: Options = {}): Promise<number> {",
      "  // The sum of the first ones.",
      "  return values.slice(0, limit).reduce((a, b) => a + b, 0);",
      "}",
    ].join("\n"),
    doc: "Adds up.",
    async: true,
    signature: "async total(values: readonly number[], { limit = 10 }: Options = {}): Promise<number>",
  },
  variable: {
    text: "const inner = (text: string, times?: number): string => `${text}\n  ${times ?? 1}`;",
    name: "inner",
  },
  curried: {
    text: [
      "async function look(question: string, values: number[] = []) {",
      "  return `${question} ${values.length}`;",
      "}",
    ].join("\n"),
    doc: "Looks something up.",
  },
  first: { text: "const fn = (a: number) => a + 1;" },
  second: { text: "const fn = (a: number) => a + 2;" },
  third: { text: "const fn = (a: number) => a + 3;" },
};

const METHODS: Record<string, Partial<Printed>> = {
  method: {
    text: 'function extract(response: string): string {\n  return response.split(this.separator)[1] ?? "";\n}',
    doc: "Takes the answer out of the response.",
    signature: "extract(response: string): string",
  },
  async: {
    text: [
      "async function solve(question: string, ...rest: string[]): Promise<string> {",
      '  return this.extract([question, ...rest].join(":"));',
      "}",
    ].join("\n"),
    doc: "Solves it.",
    signature: "async solve(question: string, ...rest: string[]): Promise<string>",
  },
  static: {
    text: "function extract(response: string, index: number): string {\n  return response.slice(index);\n}",
    doc: "Is static.",
  },
  late: { text: "function extract(response: string): string {\n  return `${response}!`;\n}", doc: "Applied late." },
};

function expectSource(printed: Map<string, Printed>): void {
  const expected = { ...FUNCTIONS, ...METHODS };
  expect([...printed.keys()].sort()).toEqual(Object.keys(expected).sort());
  for (const [label, fields] of Object.entries(expected)) {
    expect({ label, ...printed.get(label) }).toMatchObject({ label, origin: "source", ...fields });
  }
}

describe("the TypeScript text is recovered", () => {
  test("under tsx, with standard decorators", async () => {
    expectSource(await runTsx("tsconfig.standard.json"));
  });

  test("under tsx, with legacy decorators", async () => {
    expectSource(await runTsx("tsconfig.legacy.json"));
  });

  test("from tsc's output with a source map beside each file, whether node maps stack traces or not", async () => {
    const main = compile("out-standard", { sourceMap: true });
    expectSource(await run([main]));
    expectSource(await run(["--enable-source-maps", main]));
  });

  test("from tsc's output with legacy decorators, by the sources in inline source maps when the files are not to be found", async () => {
    const main = compile("out-legacy", { experimentalDecorators: true, inlineSourceMap: true, inlineSources: true });
    expectSource(await run([main]));
  });

  test("from a bundle that has a source map", async () => {
    await bundleApp("mapped.mjs", { sourcemap: "inline" });
    expectSource(await run(["mapped.mjs"]));
  });

  test("from a minified bundle, by the sources in its source map", async () => {
    await bundleApp("mapped.min.mjs", { minify: true, sourcemap: "inline" });
    expectSource(await run(["mapped.min.mjs"]));
  });
});

function bundleApp(outfile: string, options: { minify?: boolean; sourcemap?: "inline" }): Promise<unknown> {
  return build({
    absWorkingDir: project,
    entryPoints: ["app/all.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
    tsconfigRaw: {},
    ...options,
  });
}

test("a minified bundle falls back to the compiled text without a crash", async () => {
  await bundleApp("minified.mjs", { minify: true });
  const printed = await run(["minified.mjs"]);
  expect([...printed.keys()].sort()).toEqual(Object.keys({ ...FUNCTIONS, ...METHODS }).sort());
  for (const { origin, text, doc, minified } of printed.values()) {
    expect({ origin, doc, minified }).toEqual({ origin: "toString", doc: undefined, minified: true });
    expect(() => new Function(text)).not.toThrow();
    expect(text).not.toBe("");
  }
});
