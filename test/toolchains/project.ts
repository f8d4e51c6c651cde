/** Where toolchains are tried: a project of a user that has the package, and a program that learned something. */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { buildCode } from "../../scripts/build.ts";
import { packedManifest } from "../../scripts/pack.ts";
import { packInto } from "../../scripts/tarball.ts";
import type { Printed } from "./table.ts";

const root = resolve(import.meta.dirname, "../..");

/** A project that has the package and the program: TypeScript in `src`, JavaScript in `js`, CommonJS in `cjs`. */
export interface Project {
  readonly folder: string;
  /** The packed package; undefined in the short form. */
  readonly tarball: string | undefined;
}

/** One way to build and run the program. */
export interface Toolchain {
  readonly name: string;
  /** True for those that need no tool beside this repository's own. */
  readonly isShort?: true;
  readonly run: (project: Project) => Printed | Promise<Printed>;
}

/** The folder of the project that a toolchain builds into. */
export function outFolder(toolchain: string): string {
  return `out/${toolchain.replace(/\W+/g, "-")}`;
}

/** The arguments with which Node runs TypeScript by tsx. */
export const tsx: readonly string[] = ["--import", pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href];

/**
 * Makes the project, packed and installed as users do. The short form builds the code only, and takes the packages of
 * this repository.
 */
export async function makeProject(isShort: boolean): Promise<Project> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tracegrad-toolchains-")));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const tarball = isShort ? undefined : packInto(folder).path;
  if (tarball === undefined) await linkPackages(folder);
  else npm(folder, "install", tarball);
  writeProgram(folder);
  const learning = start({ folder, tarball }, { args: [...tsx, "src/learn.ts"] });
  if (learning.error !== undefined) throw new Error(`The program learns nothing: ${learning.error}`);
  return { folder, tarball };
}

/** Runs npm in a folder. */
export function npm(cwd: string, command: string, ...args: readonly string[]): void {
  const flags = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, stderr } = spawnSync("npm", [command, ...flags, ...args], { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm ${command} ${args.join(" ")}: ${stderr}`);
}

async function linkPackages(folder: string): Promise<void> {
  const home = join(folder, "node_modules/tracegrad");
  await buildCode(join(home, "dist"));
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>;
  writeFileSync(join(home, "package.json"), JSON.stringify(packedManifest(manifest)));
  const installed = join(root, "node_modules");
  for (const name of readdirSync(installed))
    if (!name.startsWith(".")) symlinkSync(join(installed, name), join(folder, "node_modules", name));
}

function writeProgram(folder: string): void {
  cpSync(join(import.meta.dirname, "program"), join(folder, "src"), { recursive: true });
  compile(folder, "js", { module: ts.ModuleKind.ESNext });
  compile(folder, "cjs", { module: ts.ModuleKind.CommonJS });
  writeFileSync(join(folder, "cjs/package.json"), "{}");
}

/** Compiles the program with TypeScript's compiler into a folder of the project. */
export function compile(folder: string, to: string, options: ts.CompilerOptions): void {
  const rootDir = join(folder, "src");
  const settings = { noCheck: true, noResolve: true, noLib: true, types: [], rewriteRelativeImportExtensions: true };
  const target = ts.ScriptTarget.ES2022;
  const sources = readdirSync(rootDir).map((name) => join(rootDir, name));
  ts.createProgram(sources, { ...settings, target, rootDir, outDir: join(folder, to), ...options }).emit();
}

/** What is started: Node, or another `command`, in the project or another folder. */
export interface Start {
  readonly args: readonly string[];
  readonly command?: string;
  readonly cwd?: string;
}

/** Runs a process to its end: its output, and what it wrote as errors when it failed. */
export function start(
  { folder }: Project,
  { args, command = process.execPath, cwd = folder }: Start,
): { readonly output: string; readonly error?: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", env: settings(folder) });
  if (status === 0) return { output: stdout };
  return { output: stdout, error: error?.message ?? `${stdout}\n${stderr}` };
}

/** Runs the built program. */
export function runProgram(project: Project, what: Start): Printed {
  const { output, error } = start(project, what);
  return error === undefined ? (JSON.parse(output) as Printed) : { failed: error };
}

/** The settings under which this process runs are not to reach the program. */
export function settings(folder: string): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  return { ...inherited, LEARNED: join(folder, "learned.json"), NO_COLOR: "1", NEXT_TELEMETRY_DISABLED: "1" };
}

/** Runs a program without its project: the files of a folder are copied to another place. */
export function runAlone(project: Project, from: string, file: string): Printed {
  const alone = realpathSync(mkdtempSync(join(tmpdir(), "tracegrad-alone-")));
  try {
    cpSync(join(project.folder, from), alone, { recursive: true });
    return runProgram(project, { args: [file], cwd: alone });
  } finally {
    rmSync(alone, { recursive: true, force: true });
  }
}
