/** Where the thread's code is: a file of its own when built; from TypeScript sources, made on the spot. */
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isBuilt, packageFile, requireFrom } from "../util/home.ts";
import { eraseTypes } from "./erase.ts";
import { parseTypeScript } from "./parse.ts";

let url: URL | undefined;

/**
 * The URL to start a thread from. Works from the built package and from the sources under any loader (tsx, Vitest).
 * @throws TracegradError `no-package` where the code was bundled and the package is not installed beside the bundle.
 */
export function workerUrl(): URL {
  const file = (name: string): URL => pathToFileURL(packageFile(`sandbox/worker.${name}`));
  url ??= isBuilt ? file("js") : new URL(dataUrl(file("ts")));
  return url;
}

/** A thread does not inherit the loader of TypeScript; so each module becomes a `data:` URL, its imports first. */
function dataUrl(file: URL): string {
  const { resolve } = requireFrom(fileURLToPath(file));
  const source = readFileSync(file, "utf8");
  const code = eraseTypes(source, parseTypeScript(source));
  const linked = code.replace(/(\bfrom |\bimport\()"([^"]+)"/g, (_, before: string, name: string) => {
    if (name.startsWith("node:")) return `${before}"${name}"`;
    const target = name.startsWith(".") ? dataUrl(new URL(name, file)) : pathToFileURL(resolve(name)).href;
    return `${before}"${target}"`;
  });
  return `data:text/javascript;base64,${Buffer.from(linked).toString("base64")}`;
}
