/**
 * Builds the parts of the package that are loaded when they are needed, in a synchronous call, as the parsers and the
 * engine beside them are: what only trainable functions use, what only learning does, and the views of a graph. Each is
 * a CommonJS file of its own, which no bundler follows, in place of its modules. Its classes and its state are those of
 * the program that loads it: the file gives a function of what it shares with the rest.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type BuildOptions, build, type Plugin, transform } from "esbuild";

/** The parts by their files, each with its modules and the functions of these that the rest of the package calls. */
const parts: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "nodes/source/read-source": { "nodes/source/read-source": ["readSource"] },
  "nodes/code": { "nodes/code": ["defineCode", "callCode"] },
  "sandbox/quickjs": { "sandbox/quickjs": ["quickjs"] },
  "graph/views": {
    "graph/show": ["show"],
    "graph/dot": ["toDot"],
    "graph/svg": ["toSvg"],
    "graph/graphology": ["toGraphology"],
    "graph/json": ["toJson"],
    "graph/from-json": ["nodesFromJson"],
  },
  "graph/backward": {
    "graph/feedback": ["toFeedback", "memberFeedback", "combine"],
    "graph/carry": ["carrySubgraph", "creditOf"],
    "graph/cut-off": ["warnOfCuts", "cutOff", "cutOffText", "cutsOf"],
  },
};

/** Modules that may exist only once in a program: classes that are told apart by `instanceof`, symbols, state, their own place. */
const sharedModules: ReadonlySet<string> = new Set([
  ...["util/as-text", "util/errors", "util/external-call", "util/fault", "util/home", "util/opaque", "util/preview"],
  ...["nodes/context", "nodes/frame", "nodes/node", "nodes/operation", "nodes/parameter"],
  ...["graph/combined", "graph/credit", "graph/feedback-error"],
]);

/** Modules and folders that parts have copies of: functions, constants, and what is remembered only to be quick. */
const copies: readonly string[] = [
  ...["sandbox/", "nodes/source/", "nodes/code", "nodes/parents", "graph/table/"],
  ...["graph/call-text", "graph/carry", "graph/cut-off", "graph/feedback", "graph/figures", "graph/graphology"],
  ...["graph/dot", "graph/fold", "graph/from-json", "graph/json", "graph/lines"],
  ...["graph/numbered", "graph/pattern", "graph/show", "graph/sort-by-use", "graph/subgraph"],
  ...["graph/svg", "util/collections", "util/count-sort", "util/cut", "util/decode", "util/encode", "util/images"],
  ...[
    "util/is-instance",
    "util/is-record",
    "util/json",
    "util/names",
    "util/packages",
    "util/path-text",
    "util/room",
    "util/thenable",
  ],
  ...["util/tree", "util/type-name"],
];

/** The part of each module. */
const partOf: ReadonlyMap<string, string> = new Map(
  Object.entries(parts).flatMap(([part, modules]) => Object.keys(modules).map((name) => [name, part] as const)),
);

/** The name of a module of `src`: its path there, without the ending. */
function nameOf(src: string, folder: string, path: string): string {
  return relative(src, join(folder, path)).replaceAll("\\", "/").replace(/\.ts$/, "");
}

/**
 * Writes the parts below the folder `dist`, and gives the plugin with which the rest of `src` is built: the modules of a
 * part are replaced by functions that load it at their first call.
 */
export async function buildParts(src: string, dist: string, options: BuildOptions): Promise<Plugin> {
  const texts = new Map<string, string>();
  for (const part of Object.keys(parts)) texts.set(part, await textOf(src, part, options));
  const needs = needsOf([...texts.values()]);
  for (const [part, text] of texts) await writePart(join(dist, `${part}.cjs`), text, { needs, options });
  return {
    name: "parts",
    setup({ onResolve, onLoad }): void {
      onResolve({ filter: /^\.\.?\/.+\.ts$/ }, ({ resolveDir, path }) => {
        const isOfPart = partOf.has(nameOf(src, resolveDir, path));
        return isOfPart ? { path: "loader", namespace: "parts", sideEffects: false } : undefined;
      });
      onLoad({ filter: /./, namespace: "parts" }, () => ({ contents: loaderOf(src, needs), resolveDir: src }));
    },
  };
}

/** What parts take from the rest of the package: names by module. */
type Needs = ReadonlyMap<string, ReadonlySet<string>>;

/** The text of a part, which imports what it shares. */
async function textOf(src: string, part: string, options: BuildOptions): Promise<string> {
  const exported = Object.entries(parts[part] ?? {}).map(
    ([name, functions]) => `export { ${functions.join(", ")} } from ${JSON.stringify(join(src, `${name}.ts`))};`,
  );
  const { outputFiles, metafile } = await build({
    ...options,
    metafile: true,
    stdin: { contents: exported.join("\n"), resolveDir: src },
    bundle: true,
    format: "esm",
    write: false,
    plugins: [asShared(src, part)],
  });
  const unexpected = Object.keys(metafile.inputs)
    .filter((file) => file !== "<stdin>")
    .map((file) => nameOf(src, process.cwd(), file))
    .filter((name) => !copies.some((copy) => name.startsWith(copy)));
  if (unexpected.length > 0)
    throw new Error(`The part ${part} would copy ${unexpected.join(", ")}. Name them in scripts/build-parts.ts.`);
  requireCopyable(Object.keys(metafile.inputs).filter((file) => file.endsWith(".ts")));
  return (outputFiles[0] as { readonly text: string }).text;
}

interface PartToWrite {
  readonly needs: Needs;
  readonly options: BuildOptions;
}

/** Writes a part: a function of the list of what parts share, in the order of `needs`. */
async function writePart(outfile: string, text: string, { needs, options }: PartToWrite): Promise<void> {
  let at = 0;
  const modules = [...needs].map(
    ([module, names]) => `"shared:${module}": { ${[...names].map((name) => `${name}: shared[${at++}]`).join(", ")} }`,
  );
  const { code } = await transform(text, {
    format: "cjs",
    platform: "node",
    target: options.target ?? "node20",
    // In a function of its own, where its names hide none of these.
    banner: `"use strict"; module.exports = ((requireOther) => (shared) => { const module = { exports: {} }; const modules = { ${modules.join(", ")} }; const require = (name) => modules[name] ?? requireOther(name); (() => {`,
    footer: "})(); return module.exports; })(require);",
    logLevel: "warning",
  });
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(outfile, code);
}

/**
 * Refuses modules that a part has copied, and with them what another copy would not know again. The sandbox is in one
 * part only.
 */
function requireCopyable(files: readonly string[]): void {
  const wrong = files.filter((file) => !file.includes("src/sandbox/") && isUnique(readFileSync(file, "utf8")));
  if (wrong.length > 0)
    throw new Error(
      `Parts may not copy symbols and classes of errors, as in ${wrong.join(", ")}. Share these modules.`,
    );
}

/** Whether the text of a module makes what is told apart by being the same: a symbol, a class of errors, a context. */
function isUnique(text: string): boolean {
  return /\bSymbol\(|\bclass \w+ extends \w*Error\b|new AsyncLocalStorage\b/.test(text);
}

/** Leaves what a part shares with the rest of the package outside of it. */
function asShared(src: string, part: string): Plugin {
  return {
    name: "shared",
    setup({ onResolve }): void {
      onResolve({ filter: /^\.\.?\/.+\.ts$/ }, ({ resolveDir, path }) => {
        const name = nameOf(src, resolveDir, path);
        const isOfOther = (partOf.get(name) ?? part) !== part;
        return sharedModules.has(name) || isOfOther ? { path: `shared:${name}`, external: true } : undefined;
      });
    },
  };
}

/** The imports that esbuild has left in parts: `import { a, b as c } from "shared:util/d";`. */
function needsOf(texts: readonly string[]): Needs {
  const needs = new Map<string, Set<string>>();
  for (const [, list = "", module = ""] of texts.join("\n").matchAll(/^import \{([^}]*)\} from "shared:([^"]+)";$/gm)) {
    const names = needs.get(module) ?? new Set();
    for (const item of list.split(",")) names.add(item.trim().replace(/ as .*/s, ""));
    needs.set(module, names);
  }
  return needs;
}

/**
 * The module that stands in the place of those of all parts. It shares single names, so that a bundler can drop others,
 * and the same list with each part: lists of their own would be longer than what they could leave out.
 */
function loaderOf(src: string, needs: Needs): string {
  const path = (name: string): string => JSON.stringify(join(src, `${name}.ts`));
  const imports = [...needs].map(([module, names]) => `import { ${[...names].join(", ")} } from ${path(module)};`);
  const shared = [...needs.values()].flatMap((names) => [...names]);
  const functions = Object.entries(parts).flatMap(([part, modules]) =>
    Object.values(modules)
      .flat()
      .map((name) => `export function ${name}(...args) { return part(${JSON.stringify(part)}).${name}(...args); }`),
  );
  return [
    `import { loadPart } from ${path("util/part")};`,
    ...imports,
    "const loaded = {};",
    `function part(name) { return (loaded[name] ??= loadPart(name, [${shared.join(", ")}])); }`,
    ...functions,
  ].join("\n");
}
