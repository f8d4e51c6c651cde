/** Bundlers: how each builds the program, with the package inside of the bundle and outside of it. */
import { join } from "node:path";
import { type BuildOptions, build, transform } from "esbuild";
import { outFolder, type Project, runAlone, runProgram, type Toolchain } from "./project.ts";
import { loadTool, toolPath } from "./tools.ts";

interface Form {
  readonly external: boolean;
  readonly format: "esm" | "cjs";
  readonly minify: boolean;
  readonly sourcemap: boolean;
}

function nameOf(tool: string, { external, format, minify, sourcemap }: Form): string {
  const form = external ? "external" : format === "cjs" ? "one CommonJS file" : "one file";
  return [tool, form, ...(minify ? ["minified"] : []), ...(sourcemap ? ["source maps"] : [])].join(", ");
}

/** All forms of a bundle, the plain ones first. CommonJS matters only where the package is inside. */
function formsOf(formats: readonly Form["format"][]): Form[] {
  const both = [false, true];
  const kinds = [{ external: true, format: "esm" as const }, ...formats.map((format) => ({ external: false, format }))];
  return kinds.flatMap((kind) => both.flatMap((minify) => both.map((sourcemap) => ({ ...kind, minify, sourcemap }))));
}

type Bundler = (project: Project, form: Form, outfile: string) => Promise<void>;

/** A row of a bundler. `isAlone` runs the bundle where the package is not installed. */
function bundled(
  tool: string,
  form: Form,
  { bundler, isShort, isAlone }: { bundler: Bundler; isShort: boolean; isAlone?: boolean },
): Toolchain {
  const name = nameOf(tool, form) + (isAlone === true ? ", without node_modules" : "");
  return {
    name,
    ...(isShort ? { isShort: true } : {}),
    run: async (project) => {
      const out = outFolder(name);
      const file = form.format === "cjs" ? "main.cjs" : "main.mjs";
      try {
        await bundler(project, form, join(project.folder, out, file));
      } catch (error) {
        return { failed: String(error) };
      }
      return isAlone === true ? runAlone(project, out, file) : runProgram(project, { args: [join(out, file)] });
    },
  };
}

const esbuild: Bundler = async ({ folder }, { external, format, minify, sourcemap }, outfile) => {
  const options: BuildOptions = {
    bundle: true,
    platform: "node",
    target: "node20",
    format,
    minify,
    sourcemap,
    outfile,
  };
  const entryPoints = [join(folder, "src/main.ts")];
  const { warnings } = await build({
    ...options,
    entryPoints,
    external: external ? ["tracegrad"] : [],
    logLevel: "silent",
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
};

interface ViteApi {
  build(config: unknown): Promise<unknown>;
}

const vite =
  (load: () => Promise<unknown>): Bundler =>
  async ({ folder }, { external, minify, sourcemap }, outfile) => {
    const { build: make } = (await load()) as ViteApi;
    await make({
      root: folder,
      configFile: false,
      logLevel: "error",
      build: {
        ssr: "src/main.ts",
        outDir: join(outfile, ".."),
        minify: minify ? "esbuild" : false,
        sourcemap,
        target: "node20",
        rollupOptions: { output: { entryFileNames: "main.mjs" } },
      },
      ssr: external ? { external: ["tracegrad"] } : { noExternal: true },
    });
  };

interface RollupApi {
  rollup(options: unknown): Promise<{ write(options: unknown): Promise<unknown> }>;
}

/** A plugin of Rollup. */
const withoutTypes = {
  name: "without-types",
  transform: (code: string, id: string): unknown =>
    id.endsWith(".ts") ? transform(code, { loader: "ts", target: "es2022", sourcemap: true, sourcefile: id }) : null,
};

const rollup: Bundler = async ({ folder }, { external, sourcemap }, outfile) => {
  const { rollup: make } = (await loadTool("rollup", "rollup")) as RollupApi;
  const warnings: string[] = [];
  const made = await make({
    input: join(folder, "src/main.ts"),
    external: [/^node:/, ...(external ? ["tracegrad"] : [])],
    plugins: [withoutTypes, ...(external ? [] : await packagePlugins())],
    onLog: (_level: string, { code, message }: { code?: string; message: string }) => {
      // The packages that tracegrad uses may hold what else Rollup remarks upon.
      if (code === "UNRESOLVED_IMPORT") warnings.push(message);
    },
  });
  await made.write({ file: outfile, format: "es", sourcemap, inlineDynamicImports: true });
  if (warnings.length > 0) throw new Error(warnings.join("\n"));
};

/** What Rollup needs to take packages into a bundle. */
async function packagePlugins(): Promise<unknown[]> {
  const resolver = (await loadTool("rollup", "@rollup/plugin-node-resolve")) as Plugin;
  const commonjs = (await loadTool("rollup", "@rollup/plugin-commonjs")) as Plugin;
  return [resolver.default({ preferBuiltins: true, exportConditions: ["node"] }), commonjs.default({})];
}

interface Plugin {
  default(options: unknown): unknown;
}

interface WebpackStats {
  toJson(options: unknown): {
    readonly errors: readonly { readonly message: string }[];
    readonly warnings: readonly { readonly message: string }[];
  };
}

const webpack: Bundler = async ({ folder }, { external, minify, sourcemap }, outfile) => {
  const loaded = (await loadTool("webpack", "webpack")) as {
    readonly default: (config: unknown, done: (error: unknown, stats: WebpackStats) => void) => void;
  };
  const config = {
    mode: "production",
    context: folder,
    target: "node20",
    entry: "./src/main.ts",
    module: {
      rules: [{ test: /\.ts$/, loader: toolPath("webpack", "esbuild-loader"), options: { target: "es2022" } }],
    },
    output: { path: join(outfile, ".."), filename: "main.cjs" },
    devtool: sourcemap ? "source-map" : false,
    optimization: { minimize: minify },
    externals: external ? { tracegrad: "commonjs tracegrad" } : {},
  };
  const stats = await new Promise<WebpackStats>((resolve, reject) =>
    loaded.default(config, (error, made) => (error ? reject(error as Error) : resolve(made))),
  );
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  const problems = [...errors, ...warnings].map(({ message }) => message);
  if (problems.length > 0) throw new Error(problems.join("\n"));
};

const plain = { minify: false, sourcemap: false };
/** Bundlers, each with the package inside of the bundle and outside of it. */
export const bundlers: readonly Toolchain[] = [
  ...formsOf(["esm", "cjs"]).map((form) => bundled("esbuild", form, { bundler: esbuild, isShort: true })),
  ...(["esm", "cjs"] as const).map((format) =>
    bundled("esbuild", { ...plain, external: false, format }, { bundler: esbuild, isShort: true, isAlone: true }),
  ),
  ...[true, false].map((external) =>
    bundled(
      "Vite 7, ssr",
      { ...plain, external, format: "esm" },
      { bundler: vite(() => import("vite")), isShort: true },
    ),
  ),
  ...[true, false].flatMap((external) =>
    [false, true].map((sourcemap) =>
      bundled(
        "Vite 8, ssr",
        { ...plain, external, sourcemap, format: "esm" },
        { bundler: vite(() => loadTool("vite", "vite")), isShort: false },
      ),
    ),
  ),
  ...[true, false].flatMap((external) =>
    [false, true].map((sourcemap) =>
      bundled("Rollup 4", { ...plain, external, sourcemap, format: "esm" }, { bundler: rollup, isShort: false }),
    ),
  ),
  ...formsOf(["cjs"]).map((form) =>
    bundled("webpack 5", { ...form, format: "cjs" }, { bundler: webpack, isShort: false }),
  ),
];
