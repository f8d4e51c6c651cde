/** Loads the file of a run, in JavaScript or TypeScript. */

import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { TracegradError } from "../util/errors.ts";

/**
 * The default export of the file at `path`.
 * @throws TracegradError `usage` when there is no such file or it has no default export; `no-tsx` for a TypeScript file
 * without tsx. What the file itself throws passes through.
 */
export async function defaultExport(file: string): Promise<unknown> {
  const path = resolve(file);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw unusable(`There is no file ${file}. Give the path of a .ts, .js or .mjs file.`);
  }
  if (/^\.[cm]?tsx?$/.test(extname(path))) await loadTypeScript(file, path);
  const loaded = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  // Without "type": "module", TypeScript becomes CommonJS, whose exports are all inside the default one.
  const inner = loaded.default as { readonly __esModule?: unknown; readonly default?: unknown } | undefined;
  const found = inner?.__esModule === true ? inner.default : inner;
  if (found !== undefined) return found;
  throw unusable(`${file} has no default export. Write \`export default (options) => train({ …, ...options })\`.`);
}

/** Lets Node load TypeScript: by the tsx of the file's project, or by what Node itself can do. */
async function loadTypeScript(file: string, path: string): Promise<void> {
  for (const from of [path, import.meta.url]) {
    try {
      // Its main module registers itself on import, as with `node --import tsx`.
      await import(pathToFileURL(createRequire(from).resolve("tsx")).href);
      return;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw thrown;
    }
  }
  if ("typescript" in process.features && process.features.typescript) return;
  throw new TracegradError(
    "no-tsx",
    `${file} is TypeScript, and tsx is not installed. Run \`npm install --save-dev tsx\`, or give a .js or .mjs file.`,
  );
}

function unusable(problem: string): TracegradError {
  return new TracegradError("usage", problem);
}
