import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { observe } from "../fixtures/decorators/app.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const fixtures = join(repository, "test/fixtures/decorators");
let project = "";

// A project as a user has it: the built package in node_modules, and an app that imports it.
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "tracegrad-decorators-"));
  mkdirSync(join(project, "node_modules"));
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  symlinkSync(inject("builtPackage"), join(project, "node_modules/tracegrad"));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

function compile(file: string, target: string, options: ts.CompilerOptions): void {
  const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      rewriteRelativeImportExtensions: true,
      verbatimModuleSyntax: true,
      ...options,
    },
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target.replace(/\.ts$/, ".js"), outputText);
}

async function run(args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<string> {
  // The settings under which Vitest itself runs are not to reach the program under test.
  const { NODE_OPTIONS: _, VITEST: __, ...inherited } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, env: { ...inherited, ...env } });
  return stdout;
}

async function runTsx(settings: string): Promise<unknown> {
  const tsx = pathToFileURL(join(repository, "node_modules/tsx/dist/loader.mjs")).href;
  const args = ["--import", tsx, "--conditions=@tracegrad/source", join(fixtures, "main.ts")];
  return JSON.parse(await run(args, fixtures, { TSX_TSCONFIG_PATH: join(fixtures, settings) }));
}

async function runCompiled(folder: string, options: ts.CompilerOptions): Promise<unknown> {
  for (const name of ["app.ts", "main.ts"]) {
    cpSync(join(fixtures, name), join(project, folder, name));
    compile(join(project, folder, name), join(project, folder, name), { ...options, inlineSourceMap: true });
  }
  return JSON.parse(await run([join(project, folder, "main.js")], project));
}

async function runVitest(): Promise<unknown> {
  const observed = join(project, "vitest.json");
  const vitest = join(repository, "node_modules/vitest/vitest.mjs");
  await run([vitest, "run", "--root", fixtures, "--config", "vitest.legacy.ts"], fixtures, { OBSERVED: observed });
  return JSON.parse(readFileSync(observed, "utf8"));
}

const bare = (name: string) => `bare-decorator: Write \`@bundle()\` with parentheses above "${name}".`;
const extract = (comment: string, body: string) =>
  `function extract(response: string): string {\n  // ${comment}\n  return ${body};\n}`;

const expected = {
  code: { text: extract("The first class.", 'response.split("Answer:")[1] ?? ""'), doc: "Takes the answer out." },
  seconds: [
    { text: extract("The second class.", "response.toUpperCase()"), doc: "Another one of the same name." },
    { text: extract("The third class.", "response.toLowerCase()") },
  ],
  graph: ["42!1", ["question", "extract", "extract", "decorate"]],
  rewritten: ["new", "old"],
  waited: ["aa", "renamed", "Waits.", ["text", "times"]],
  static: [
    [true, 4, "twice"],
    [true, 6, "thrice"],
  ],
  staticCode: { text: "function thrice(x: number): number {\n  return x * 3;\n}" },
  failed: '"fail" failed: RangeError: no',
  wrong: {
    "bare method": bare("method"),
    "bare static method": bare("method"),
    "bare field": bare("field"),
    "bare getter": bare("getter"),
    field: 'bad-decorator: @bundle() decorates methods only, not the field "field".',
  },
};

/** What differs between standard and legacy decorators: what a decorator is told of getters and classes. */
const differing = {
  standard: {
    getter: 'bad-decorator: @bundle() decorates methods only, not the getter "getter".',
    class: 'bad-decorator: @bundle() decorates methods only, not the class "Whole".',
  },
  legacy: {
    getter: 'bad-decorator: @bundle() decorates methods only, not the accessor "getter".',
    class: 'not-a-function: bundle wraps functions; "Whole" is a class. Use model() for classes.',
  },
};

const standard = { ...expected, wrong: { ...expected.wrong, ...differing.standard } };
const legacy = { ...expected, wrong: { ...expected.wrong, ...differing.legacy } };

describe("decorated methods are the same", () => {
  test("under Vitest, with standard decorators", async () => {
    expect(JSON.parse(JSON.stringify(await observe()))).toEqual(standard);
  });

  test("under Vitest, with legacy decorators", async () => {
    expect(await runVitest()).toEqual(legacy);
  });

  test("under tsx, with standard decorators", async () => {
    expect(await runTsx("tsconfig.standard.json")).toEqual(standard);
  });

  test("under tsx, with legacy decorators", async () => {
    expect(await runTsx("tsconfig.legacy.json")).toEqual(legacy);
  });

  test("compiled by TypeScript and run by Node, with standard decorators", async () => {
    expect(await runCompiled("standard", {})).toEqual(standard);
  });

  test("compiled by TypeScript and run by Node, with legacy decorators", async () => {
    expect(await runCompiled("legacy", { experimentalDecorators: true })).toEqual(legacy);
  });
});
