/** Loads the parts of the built package that are files of their own: scripts/build-parts.ts makes them, and calls this. */

import { AsyncLocalStorage } from "node:async_hooks";
import { packageFile, requireFrom } from "./home.ts";

/** Runs a function in the context that this file is loaded in, which keeps nothing of the call that needs a part. */
const apart = /* @__PURE__ */ AsyncLocalStorage.snapshot();

/**
 * The functions of the part `name`, such as `sandbox/quickjs`. By `require`, since a trainable function is defined in one
 * synchronous call.
 * @param shared What parts have in common with the rest of the package: a list, since names would be in each bundle.
 * @throws TracegradError `no-package` where the code was bundled and the package is not installed beside the bundle.
 */
export function loadPart(name: string, shared: readonly unknown[]): object {
  const file = packageFile(`${name}.cjs`);
  const make = requireFrom(file)(file) as (shared: readonly unknown[]) => object;
  return apart(() => make(shared));
}
