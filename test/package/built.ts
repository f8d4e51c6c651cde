/**
 * Makes the package once for all tests that start it in processes of their own: as users install it, with the examples
 * and the run files of the tests beside it. A process that loads it starts several times faster than one that compiles
 * the sources first.
 */
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import type { TestProject } from "vitest/node";
import { buildCode, buildDemo } from "../../scripts/build.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of the package: `dist`, with `examples` and fixtures beside it, `.js` next to `.ts`. */
    readonly builtPackage: string;
  }
}

const root = resolve(import.meta.dirname, "../..");

/** What is compiled beside the package. */
const programs = ["examples", "test/fixtures/durability", "test/fixtures/executors"];

/**
 * Leaves every module of a program a file of its own, as its user wrote it: where code stands is part of what the
 * package reads.
 */
const apart: Plugin = {
  name: "apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ kind, path }) =>
      kind === "entry-point" ? undefined : { path: path.replace(/\.ts$/, ".js"), external: true },
    );
  },
};

/** Compiles the files of a folder, where they stand, since processes start from them. */
async function compile(folder: string): Promise<void> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const options = { platform: "node", format: "esm", target: "node20.19", packages: "external" } as const;
  await build({
    entryPoints: files.filter((name) => name.endsWith(".ts")).map((name) => join(folder, name)),
    outbase: folder,
    outdir: folder,
    bundle: true,
    plugins: [apart],
    sourcemap: true,
    ...options,
    logLevel: "error",
  });
}

/** Makes the package in a new folder below that of temporary files, and gives that folder. */
export async function buildPackage(): Promise<string> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tracegrad-built-")));
  for (const name of ["package.json", "test/fixtures/cli", ...programs])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const dist = join(folder, "dist");
  await Promise.all([buildCode(dist), buildDemo(dist), ...programs.map((name) => compile(join(folder, name)))]);
  return folder;
}

/** Vitest calls it before the first test, and what it gives after the last one. */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = await buildPackage();
  project.provide("builtPackage", folder);
  // For what soaks use too, which run outside of Vitest.
  process.env["TRACEGRAD_BUILT"] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
