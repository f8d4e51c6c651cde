/** Where the thread's code is: a file of its own when built; from TypeScript sources, made on the spot. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { home } from "../util/home.ts";
import { stripTypes } from "./strip.ts";

let url: URL | undefined;

/** The URL to start a thread from. Works from the built package and from the sources under any loader (tsx, Vitest). */
export function workerUrl(): URL {
  url ??= import.meta.url.endsWith(".ts") ? new URL(dataUrl(new URL("./worker.ts", import.meta.url))) : builtWorker();
  return url;
}

/** Beside the bundle of a user's program, which has to bring it; in the package, where the build puts it. */
function builtWorker(): URL {
  const folder = home();
  return folder === undefined
    ? new URL("./worker.js", import.meta.url)
    : pathToFileURL(join(folder, "dist/sandbox/worker.js"));
}

/** A thread does not inherit the loader of TypeScript; so each module becomes a `data:` URL, its imports first. */
function dataUrl(file: URL): string {
  const { resolve } = createRequire(file);
  const code = stripTypes(readFileSync(file, "utf8"));
  const linked = code.replace(/(\bfrom |\bimport\()"([^"]+)"/g, (_, before: string, name: string) => {
    if (name.startsWith("node:")) return `${before}"${name}"`;
    const target = name.startsWith(".") ? dataUrl(new URL(name, file)) : pathToFileURL(resolve(name)).href;
    return `${before}"${target}"`;
  });
  return `data:text/javascript;base64,${Buffer.from(linked).toString("base64")}`;
}
