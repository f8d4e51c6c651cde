/**
 * Builds `dist` from what package.json promises: one file for each door of `exports` and for each command of `bin`,
 * with shared files beside them, since an import of hundreds of small modules costs three times as much, and the parts
 * that are loaded when needed. Then the demo, and the types that the doors reach.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { buildParts } from "./build-parts.ts";

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

const root = resolve(import.meta.dirname, "..");
/** What is started as a thread or a process, so that no import leads to it. */
const starts = ["sandbox/worker", "executors/child"];
/**
 * What small programs are made of. What it reaches gets shared files of its own, so that a user's bundler can leave the
 * rest out as whole files: these files count as free of side effects, while their statements, once in one file with
 * others, do not.
 */
const core = ["defaults", "nodes/parameter", "graph/trace"];

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

/** The modules that files of `dist` are named after, without folder and ending. */
function entries(): string[] {
  const { exports, bin } = manifest;
  const doors = Object.values(exports).flatMap((target) =>
    typeof target === "string" ? [] : [target["default"] ?? ""],
  );
  const files = [...doors, ...Object.values(bin)].map((file) => file.replace(/^\.\/dist\/(.+)\.js$/, "$1"));
  return [...files, ...starts];
}

/** Writes the code of the package into the folder `dist`, and the files that it reads. */
export async function buildCode(dist: string, plugins: readonly Plugin[] = []): Promise<void> {
  const src = join(root, "src");
  const source = (name: string): string => join(src, `${name}.ts`);
  const options: BuildOptions = {
    platform: "node",
    target: "node20",
    packages: "external",
    // By it src/util/home.ts knows the package again from inside of a user's bundle.
    define: { TRACEGRAD_VERSION: JSON.stringify(manifest.version) },
    logLevel: "warning",
  };
  const parts = await buildParts(src, dist, options);
  const { outputFiles } = await build({
    ...options,
    entryPoints: Object.fromEntries([...entries().map((name) => [name, source(name)]), ["core", "core:"]]),
    outdir: dist,
    bundle: true,
    splitting: true,
    // src/util/home.ts knows this name.
    chunkNames: "shared/tracegrad-[hash]",
    format: "esm",
    write: false,
    plugins: [
      parts,
      ...plugins,
      {
        name: "core",
        setup({ onResolve, onLoad }): void {
          onResolve({ filter: /^core:$/ }, ({ path }) => ({ path, namespace: "core" }));
          const contents = core.map((name) => `export * from ${JSON.stringify(source(name))};`).join("\n");
          onLoad({ filter: /./, namespace: "core" }, () => ({ contents, resolveDir: root }));
        },
      },
    ],
  });
  for (const { path, contents } of outputFiles) {
    if (relative(dist, path).startsWith("core.js")) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
  for (const name of readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }))
    if (/\.(wasm|bin|LICENSE)$/.test(name)) copyFileSync(join(root, "src", name), join(dist, name));
}

/**
 * Writes the example that `tracegrad demo` runs, with its data and recorded answers: a program like a user's, beside
 * the package.
 */
export async function buildDemo(dist: string): Promise<void> {
  const from = join(root, "examples/prompt");
  const outdir = join(dist, "examples/prompt");
  await build({
    entryPoints: [join(from, "demo.ts")],
    outdir,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    logLevel: "warning",
  });
  mkdirSync(join(outdir, "optoprime"), { recursive: true });
  for (const name of ["data.json", "optoprime/agent.cassette.json", "optoprime/optimizer.cassette.json"])
    copyFileSync(join(from, name), join(outdir, name));
}

/** Writes the types into the folder `dist`, and leaves out what no door leads to. */
function buildTypes(dist: string): void {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const options = ["-p", "tsconfig.build.json", "--noEmit", "false", "--emitDeclarationOnly", "--outDir", dist];
  execFileSync(process.execPath, [tsc, ...options], { cwd: root, stdio: "inherit" });
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/(?:from |import\(|import )"(\.[^"]+)"/g))
      visit(resolve(dirname(file), name.replace(/\.[jt]s$/, ".d.ts")));
  };
  for (const name of entries()) visit(join(dist, `${name}.d.ts`));
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" }))
    if (name.endsWith(".d.ts") && !reached.has(join(dist, name))) rmSync(join(dist, name));
}

if (import.meta.filename === process.argv[1]) {
  const dist = join(root, "dist");
  rmSync(dist, { recursive: true, force: true });
  await buildCode(dist);
  await buildDemo(dist);
  buildTypes(dist);
}
