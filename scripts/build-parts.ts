/**
 * Builds the parts of the package that are loaded when they are needed, in a synchronous call, as the parsers and the
 * engine beside them are: what only trainable functions use. Each is a CommonJS file of its own, which no bundler
 * follows, in place of a module. Its classes and its state are those of the program that loads it: the file gives a
 * function of the modules that it shares with the rest.
 */
import { dirname, join, relative } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";

/** The modules that are parts, with the functions that the rest of the package calls. */
const parts: Readonly<Record<string, readonly string[]>> = {
  "nodes/source/read-source": ["readSource"],
  "nodes/source/type-fit": ["awaitedType", "mismatchOf"],
  "sandbox/quickjs": ["quickjs"],
};

/** Modules that may exist only once in a program: classes that are told apart by `instanceof`, state, their own place. */
const sharedModules: readonly string[] = ["util/errors", "util/fault", "util/home", "util/packages"];
/** Modules of other rooms that a part has copies of: they are functions only. */
const copies: readonly string[] = ["util/collections", "util/cut", "util/names"];

/** The name of a module of `src`: its path there, without the ending. */
function nameOf(src: string, folder: string, path: string): string {
  return relative(src, join(folder, path)).replaceAll("\\", "/").replace(/\.ts$/, "");
}

/**
 * Writes the parts below the folder `dist`, and gives the plugin with which the rest of `src` is built: a part is
 * replaced by functions that load it at their first call.
 */
export async function buildParts(src: string, dist: string, options: BuildOptions): Promise<Plugin> {
  const needs = new Map<string, readonly string[]>();
  for (const part of Object.keys(parts))
    needs.set(part, await buildPart(src, join(dist, `${part}.cjs`), part, options));
  return {
    name: "parts",
    setup({ onResolve, onLoad }): void {
      onResolve({ filter: /^\.\.?\/.+\.ts$/ }, ({ resolveDir, path }) => {
        const part = nameOf(src, resolveDir, path);
        return part in parts ? { path: part, namespace: "parts", sideEffects: false } : undefined;
      });
      onLoad({ filter: /./, namespace: "parts" }, ({ path }) => ({
        contents: loaderOf(src, path, needs.get(path) ?? []),
        resolveDir: src,
      }));
    },
  };
}

/** Writes one part, and gives the names of the shared modules that it needs. */
async function buildPart(src: string, outfile: string, part: string, options: BuildOptions): Promise<string[]> {
  const needed = new Set<string>();
  const { metafile } = await build({
    ...options,
    metafile: true,
    entryPoints: [join(src, `${part}.ts`)],
    outfile,
    bundle: true,
    format: "cjs",
    banner: {
      js: '"use strict"; module.exports = ((requireOther) => (shared) => { const module = { exports: {} }; const require = (name) => shared[name] ?? requireOther(name);',
    },
    footer: { js: "return module.exports; })(require);" },
    plugins: [
      {
        name: "shared",
        setup({ onResolve }): void {
          onResolve({ filter: /^\.\.?\/.+\.ts$/ }, ({ resolveDir, path }) => {
            const name = nameOf(src, resolveDir, path);
            if (!sharedModules.includes(name)) return undefined;
            needed.add(name);
            return { path: name, external: true };
          });
        },
      },
    ],
  });
  const isOwn = (name: string): boolean => dirname(name) === dirname(part) || copies.includes(name);
  const unexpected = Object.keys(metafile.inputs)
    .map((file) => nameOf(src, process.cwd(), file))
    .filter((name) => !isOwn(name));
  if (unexpected.length === 0) return [...needed].sort();
  throw new Error(`The part ${part} would copy ${unexpected.join(", ")}. Name them in scripts/build-parts.ts.`);
}

/** The module that stands in the place of a part. */
function loaderOf(src: string, part: string, needed: readonly string[]): string {
  const path = (name: string): string => JSON.stringify(join(src, `${name}.ts`));
  const imports = needed.map((name, index) => `import * as shared${index} from ${path(name)};`);
  const shared = needed.map((name, index) => `${JSON.stringify(name)}: shared${index}`).join(", ");
  const functions = (parts[part] ?? []).map(
    (name) => `export function ${name}(...args) { return part().${name}(...args); }`,
  );
  return [
    `import { loadPart } from ${path("util/part")};`,
    ...imports,
    "let loaded;",
    `function part() { return (loaded ??= loadPart(${JSON.stringify(part)}, { ${shared} })); }`,
    ...functions,
  ].join("\n");
}
