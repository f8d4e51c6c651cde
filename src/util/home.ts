/**
 * Where the package is, read from the path of one of its modules: in the sources, or in a file that the build makes
 * of them.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

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

/**
 * The folder of the installed package; undefined where a bundler has put the package and the user's program into one
 * file.
 */
export function home(): string | undefined {
  // A bundle in CommonJS form knows no URL.
  const url: unknown = import.meta.url;
  return typeof url === "string" && url.startsWith("file:") ? folderAbove(fileURLToPath(url), "util/home") : undefined;
}

/** The version of the installed package; `unknown` where a bundler has taken its package.json away. */
export function packageVersion(): string {
  const folder = home();
  try {
    if (folder === undefined) return "unknown";
    return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { readonly version: string }).version;
  } catch {
    return "unknown";
  }
}
