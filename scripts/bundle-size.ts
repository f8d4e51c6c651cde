/** What a bundler makes of a small program: how much of the package it has to load. */
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";

/** The size of a bundle, minified. */
export interface BundleSize {
  /** What is loaded at the start, in bytes after gzip. */
  readonly gzip: number;
  /** What is loaded only when it is needed, in bytes after gzip. */
  readonly later: number;
  /** The bytes at the start by package, before gzip, the largest first. */
  readonly packages: readonly (readonly [name: string, bytes: number])[];
}

/**
 * The most that a program of `bundle`, `trace` and `parameter` may load at its start, in bytes after gzip. It measured
 * 19,980 in November 2026.
 */
export const maxBundleBytes = 20_000;

const names = "bundle, trace, parameter";

/** The size of a program that uses `bundle`, `trace` and `parameter` of the package as `folder` finds it. */
export async function bundleSize(folder: string): Promise<BundleSize> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export { ${names} } from "tracegrad";`, resolveDir: folder },
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    outdir: "/bundle",
    write: false,
    metafile: true,
    // Optional peers, which only drawings need.
    external: ["@viz-js/viz"],
    logLevel: "error",
  });
  const first = startOf(metafile);
  const compressed = outputFiles.map(({ path, contents }) => [basename(path), gzipSync(contents).length] as const);
  const sum = (isFirst: boolean): number =>
    compressed.reduce((total, [name, bytes]) => total + (first.has(name) === isFirst ? bytes : 0), 0);
  return { gzip: sum(true), later: sum(false), packages: packagesOf(metafile, first) };
}

/** The files that the program loads before anything runs, by name. */
function startOf({ outputs }: Metafile): ReadonlySet<string> {
  const start = new Set<string>();
  const visit = (path: string): void => {
    if (start.has(basename(path))) return;
    start.add(basename(path));
    for (const { kind, path: next, external } of outputs[path]?.imports ?? [])
      if (kind === "import-statement" && external !== true) visit(next);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (entryPoint === "<stdin>") visit(path);
  return start;
}

function packagesOf({ outputs }: Metafile, files: ReadonlySet<string>): [string, number][] {
  const bytes = new Map<string, number>();
  for (const [path, { inputs }] of Object.entries(outputs)) {
    if (!files.has(basename(path))) continue;
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/.][^/]*)/.exec(`/${input}`)?.[1] ?? "tracegrad";
      bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...bytes].filter(([, size]) => size > 0).sort(([, a], [, b]) => b - a);
}
