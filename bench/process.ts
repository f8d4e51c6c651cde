/** Builds the code that is measured, and runs it in a process of its own, so that no measurement disturbs another. */

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type * as calls from "./calls.ts";
import type * as passes from "./passes.ts";

/** The name of something that can be measured. */
export type Job = keyof typeof calls | keyof typeof passes;

/** Measures a job at a size. */
export type Measure = (job: Job, size: number) => Promise<number>;

/** The source file of each door of the package, by the name that imports it; a longer name comes before its beginning. */
async function doors(): Promise<Record<string, string>> {
  const manifest = new URL("../package.json", import.meta.url);
  const { exports } = JSON.parse(await readFile(manifest, "utf8")) as { exports: Record<string, Exported> };
  const sources = Object.entries(exports).flatMap(([path, exported]) => {
    const source = typeof exported === "string" ? undefined : exported["@tracegrad/source"];
    return source === undefined ? [] : [[path.replace(".", "tracegrad"), fileURLToPath(new URL(source, manifest))]];
  });
  return Object.fromEntries(sources.sort(([a = ""], [b = ""]) => b.length - a.length)) as Record<string, string>;
}

type Exported = string | { readonly "@tracegrad/source"?: string };

const run = promisify(execFile);

/**
 * Compiles one of the benches, and the sources that it uses, to one plain JavaScript file, and gives its path. esbuild
 * for the target that the package is built for, because a loader would stay in the process, and `tsx` wraps every
 * closure to keep its name, which would be measured too.
 */
export async function bundled(entry: URL): Promise<string> {
  const path = fileURLToPath(entry);
  const outfile = join(
    fileURLToPath(new URL("../node_modules/.cache/tracegrad-bench/", import.meta.url)),
    `${parse(path).name}.mjs`,
  );
  await build({
    entryPoints: [path],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    // So that trainable functions are read as they were written, with their types.
    sourcemap: true,
    packages: "external",
    // The package's own name leads to its sources; all other packages stay where they are.
    alias: await doors(),
    logLevel: "warning",
  });
  return outfile;
}

/** Compiles the jobs, and gives what measures them. */
export async function compile(): Promise<Measure> {
  const outfile = await bundled(new URL("child.ts", import.meta.url));
  return async (job, size) => {
    const { stdout } = await run(process.execPath, ["--expose-gc", outfile, job, String(size)]);
    const value: unknown = JSON.parse(stdout);
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new Error(`The job "${job}" gave no finite number: ${stdout}`);
  };
}
