/**
 * The packages that only trainable code needs. They are loaded when its source is looked for, since reading them takes
 * longer than a small program.
 */

import { createRequire } from "node:module";

/** Follows source maps. Throws where the package is not installed, as beside the bundle of a program. */
export function loadTraceMapping(): typeof import("@jridgewell/trace-mapping") {
  return load("@jridgewell/trace-mapping") as typeof import("@jridgewell/trace-mapping");
}

/** Parses JavaScript. Throws where the package is not installed, as beside the bundle of a program. */
export function loadAcorn(): typeof import("acorn") {
  return load("acorn") as typeof import("acorn");
}

/** Teaches acorn TypeScript. Throws where the package is not installed, as beside the bundle of a program. */
export function loadAcornTypeScript(): typeof import("@sveltejs/acorn-typescript") {
  return load("@sveltejs/acorn-typescript") as typeof import("@sveltejs/acorn-typescript");
}

/** By `require`, since a trainable function is defined in one synchronous call. */
function load(name: string): unknown {
  return createRequire(import.meta.url)(name);
}
