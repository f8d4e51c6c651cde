/** Makes the package and the program that runs attacks beside it; also with a check that refuses nothing. */
import { mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import { buildCode } from "../../../scripts/build.ts";

const root = resolve(import.meta.dirname, "../../..");

/** Puts the shim of this folder into the place of the check, for everybody but the shim. */
const withoutCheck: Plugin = {
  name: "without check",
  setup({ onResolve }) {
    const shim = join(import.meta.dirname, "without-check.ts");
    onResolve({ filter: /\/check\.ts$/ }, ({ importer }) =>
      importer.startsWith(join(root, "src/sandbox")) ? { path: shim } : undefined,
    );
  },
};

/** A built package with the program in it. */
export interface Build {
  /** The program to start. */
  readonly program: string;
  remove(): void;
}

/** Builds into a new folder below that of temporary files. */
export async function buildAttack(options: { readonly checked: boolean }): Promise<Build> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tracegrad-attack-")));
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  writeFileSync(join(folder, "package.json"), manifest);
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const program = join(folder, "child.js");
  await Promise.all([
    buildCode(join(folder, "dist"), options.checked ? [] : [withoutCheck]),
    build({
      entryPoints: [join(import.meta.dirname, "child.ts")],
      outfile: program,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      packages: "external",
      logLevel: "error",
    }),
  ]);
  return { program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
