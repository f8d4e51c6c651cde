/**
 * The one place that finds the installed package and the files in it that are read at run time: where the code runs
 * from the package or its sources, and where a bundler has put it into one file with a user's program.
 */

import { existsSync, readFileSync } from "node:fs";
import * as nodeModule from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { TracegradError } from "./errors.ts";

/** scripts/build.ts puts the version here. The sources do not know it. */
declare const TRACEGRAD_VERSION: string | undefined;

const builtVersion: string | undefined = typeof TRACEGRAD_VERSION === "string" ? TRACEGRAD_VERSION : undefined;

/** True where the code was built into `dist`, also when a bundler has taken it from there. */
export const isBuilt: boolean = builtVersion !== undefined;

/**
 * The folder that holds `src` or `dist`, read from the `path` of the module `name` (such as `util/home`), which the
 * build may have put into a shared file. Undefined for any other path, as in the bundle of a user's program.
 */
export function folderAbove(path: string, name: string): string | undefined {
  const [, folder, inside] = /^(.*)\/(?:src|dist)\/(.+)\.[cm]?[jt]s$/.exec(path.replaceAll("\\", "/")) ?? [];
  return inside === name || (inside !== undefined && SHARED.test(inside)) ? folder : undefined;
}

/** What scripts/build.ts calls the files that several doors share. */
const SHARED = /^shared\/tracegrad-[A-Z2-7]{8}$/;

interface Lookup {
  readonly folder?: string;
  /** What was found instead, for the message. */
  readonly found?: string;
}

let lookup: Lookup | undefined;

/** The folder of the installed package; undefined where a bundler has taken the code away from it. */
export function home(): string | undefined {
  lookup ??= findPackage();
  return lookup.folder;
}

/**
 * The folder of the installed package.
 * @throws TracegradError `no-package` where the code was bundled and the package is not installed beside the bundle.
 */
export function packageFolder(): string {
  const folder = home();
  if (folder !== undefined) return folder;
  const found = lookup?.found ?? `no package was found from ${places().join(", ")}`;
  throw new TracegradError(
    "no-package",
    `tracegrad ${builtVersion ?? ""} is part of a bundle, and reads files of its package at run time: ` +
      `${found}. ${fix}`,
  );
}

const fix =
  'Mark "tracegrad" as external in the bundler, so that it comes from node_modules, or deploy node_modules with this ' +
  "version beside the bundle.";

/**
 * The absolute path of a file of the package: `packageFile("sandbox/engine.wasm")` is in `dist` where the code was
 * built, and in `src` where it runs from the sources.
 * @throws TracegradError `no-package` where the code was bundled and the package, or this file of it, is not installed.
 */
export function packageFile(name: string): string {
  const file = join(packageFolder(), isBuilt ? "dist" : "src", name);
  if (existsSync(file)) return file;
  throw new TracegradError("no-package", `The package tracegrad is not deployed whole: ${file} is missing. ${fix}`);
}

/** The version of the package; `unknown` where it is not known. */
export function packageVersion(): string {
  const folder = builtVersion === undefined ? home() : undefined;
  return builtVersion ?? (folder === undefined ? undefined : versionIn(folder)) ?? "unknown";
}

function findPackage(): Lookup {
  const own = ownPath();
  const folder = own === undefined ? undefined : folderAbove(own, "util/home");
  if (folder !== undefined && isThis(folder)) return { folder };
  let found: string | undefined;
  for (const place of places()) {
    const installed = installedFrom(place);
    if (installed === undefined) continue;
    if (isThis(installed)) return { folder: installed.replaceAll("\\", "/") };
    found ??= `${installed} holds version ${versionIn(installed)}`;
  }
  return found === undefined ? {} : { found };
}

/** Whether the package in a folder is the one that this code is of. */
function isThis(folder: string): boolean {
  return builtVersion === undefined || versionIn(folder) === builtVersion;
}

/** The file that this module runs from. A bundle in CommonJS form knows no URL. */
function ownPath(): string | undefined {
  const url: unknown = import.meta.url;
  if (typeof url === "string" && url.startsWith("file:")) return fileURLToPath(url);
  return typeof __filename === "string" ? __filename : undefined;
}

/** Where a bundle may have `node_modules` beside it: the bundle, the program that was started, the working directory. */
function places(): string[] {
  const files = [ownPath(), process.argv[1], join(process.cwd(), "package.json")];
  return [...new Set(files.filter((file) => file !== undefined).map((file) => resolve(file)))];
}

/**
 * Loads packages as the file `place` would. Bundlers do not follow what it loads: they look for calls of an imported
 * `createRequire` only.
 */
export function requireFrom(place: string): NodeJS.Require {
  return nodeModule.createRequire(place);
}

/** The folder of the package as the file `place` would import it. */
function installedFrom(place: string): string | undefined {
  try {
    return dirname(requireFrom(place).resolve("tracegrad/package.json"));
  } catch {
    return undefined;
  }
}

function versionIn(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { readonly version?: string }).version;
  } catch {
    return undefined;
  }
}
