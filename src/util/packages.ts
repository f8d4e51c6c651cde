/**
 * The packages that only trainable code needs. They are loaded when its source is looked for, since reading them takes
 * longer than a small program. Each throws TracegradError `no-package` where the package is not installed.
 */

import { createRequire } from "node:module";
import { join } from "node:path";
import { TracegradError } from "./errors.ts";
import { packageFolder } from "./home.ts";

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
  return createRequire(join(packageFolder(), "package.json"));
}
