/**
 * The packages that are loaded when they are needed. Those of trainable code are, since reading them takes longer than
 * a small program; they throw TracegradError `no-package` where the package is not installed.
 */

import { join } from "node:path";
import { TracegradError } from "./errors.ts";
import { packageFolder, requireFrom } from "./home.ts";

/** Follows source maps. */
export function loadTraceMapping(): typeof import("@jridgewell/trace-mapping") {
  return load("@jridgewell/trace-mapping") as typeof import("@jridgewell/trace-mapping");
}

/** Parses JavaScript. */
export function loadAcorn(): typeof import("acorn") {
  return load("acorn") as typeof import("acorn");
}

/** Teaches acorn TypeScript. */
export function loadAcornTypeScript(): typeof import("@sveltejs/acorn-typescript") {
  return load("@sveltejs/acorn-typescript") as typeof import("@sveltejs/acorn-typescript");
}

/** Lays out graphs: an optional peer, which a bundler is neither to look for nor to take along. */
export async function loadViz(): Promise<typeof import("@viz-js/viz")> {
  const name: string = "@viz-js/viz";
  const loaded: unknown = await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ name);
  return loaded as typeof import("@viz-js/viz");
}

/** By `require`, since a trainable function is defined in one synchronous call. */
function load(name: string): unknown {
  const find = requireOf();
  try {
    return find(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new TracegradError(
      "no-package",
      `The package tracegrad in ${packageFolder()} needs the package ${name}, which is not installed with it. ` +
        "Deploy node_modules whole.",
      { cause: error },
    );
  }
}

/** As tracegrad itself would load: the bundle of a program is beside other versions of these packages, or none. */
function requireOf(): NodeJS.Require {
  return requireFrom(join(packageFolder(), "package.json"));
}
