/** What package.json promises about the files beside it, checked without a build. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

interface Manifest {
  readonly name: string;
  readonly sideEffects?: unknown;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly imports?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const root = resolve(import.meta.dirname, "../..");
const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
const manifest = readManifest(root);
const doors = Object.entries(manifest.exports).flatMap(([path, target]) =>
  typeof target === "string" ? [] : [{ path, target }],
);

describe("the exports map", () => {
  test.for(doors)("leads $path to a source that exists", ({ target }) => {
    expect(existsSync(join(root, String(target["@tracegrad/source"])))).toBe(true);
  });

  test.for(doors)("leads $path to what the build makes of that source", ({ target }) => {
    const built = String(target["@tracegrad/source"]).replace("./src/", "./dist/").replace(/\.ts$/, "");
    expect(target).toEqual({
      "@tracegrad/source": target["@tracegrad/source"],
      types: `${built}.d.ts`,
      default: `${built}.js`,
    });
  });

  test("puts the source condition first, since the first match wins", () => {
    expect(doors.map(({ target }) => Object.keys(target)[0])).toEqual(doors.map(() => "@tracegrad/source"));
  });
});

/** The statements of a file that are anything else than `export … from "…"`. */
function logicIn(source: string): string[] {
  const file = ts.createSourceFile("door.ts", source, ts.ScriptTarget.ES2022);
  const isReExport = (statement: ts.Statement): boolean =>
    ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined;
  return file.statements.filter((statement) => !isReExport(statement)).map((statement) => statement.getText(file));
}

test("the demo of the command leads to an example that exists, and to what the build makes of it", () => {
  const source = "./examples/prompt/demo.ts";
  const built = "./dist/examples/prompt/demo.js";
  expect(manifest.imports).toEqual({ "#demo": { "@tracegrad/source": source, default: built } });
  expect(existsSync(join(root, source))).toBe(true);
});

describe("the public API", () => {
  test("is re-exports only in src/index.ts", () => {
    expect(logicIn(readFileSync(join(root, "src/index.ts"), "utf8"))).toEqual([]);
  });

  test("would be caught with logic in it", () => {
    const fault = 'export { node } from "./nodes/node.ts";\nimport "./defaults.ts";\nexport const one = 1;';
    expect(logicIn(fault)).toEqual(['import "./defaults.ts";', "export const one = 1;"]);
  });

  test("has no side effects, so bundlers may drop what is not used", () => {
    expect(manifest.sideEffects).toBe(false);
  });
});

/** The folder of an installed package, found as Node finds it: from the importing folder upwards. */
function installed(name: string, from: string): string {
  const folder = join(from, "node_modules", name);
  if (existsSync(join(folder, "package.json"))) return folder;
  if (from === dirname(from)) throw new Error(`${name} is not installed: run npm ci.`);
  return installed(name, dirname(from));
}

/** The folders of all packages that a production install brings. */
function productionTree(): string[] {
  const found = new Set<string>();
  const waiting = [root];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const name of Object.keys(readManifest(folder).dependencies ?? {})) {
      const next = installed(name, folder);
      if (!found.has(next)) waiting.push(next);
      found.add(next);
    }
  }
  return [...found];
}

describe("the runtime dependencies", () => {
  test("are all found, the indirect ones too", () => {
    expect(productionTree().length).toBeGreaterThanOrEqual(Object.keys(manifest.dependencies ?? {}).length);
  });

  test("run no script when they are installed and compile nothing", () => {
    const scripts = ["preinstall", "install", "postinstall"];
    const culprits = productionTree().filter((folder) => {
      const own = readManifest(folder).scripts ?? {};
      return scripts.some((script) => script in own) || existsSync(join(folder, "binding.gyp"));
    });
    expect(culprits).toEqual([]);
  });
});
