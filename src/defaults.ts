/** Wires the default sandbox, QuickJS, into `bundle`. It is made when the first trainable function is defined. */

import { type Bundle, bundleIn } from "./nodes/bundle.ts";
import { quickjs } from "./sandbox/quickjs.ts";
import type { Sandbox } from "./sandbox/sandbox.ts";

let sandbox: Sandbox | undefined;

/**
 * Wraps a function so that each call makes a node: `bundle(fn, options?)`, or `@bundle(options?)` on a method. The
 * traced function takes nodes or plain values, also in arrays, plain records, maps and sets at any depth; its body gets
 * plain values; it gives a node, or a promise of one if the function is async. A body that throws makes an exception
 * node and throws an `ExecutionError`.
 *
 * With `trainable: true` the function's source is a parameter: an optimizer may rewrite it, and it runs in a QuickJS
 * sandbox.
 * @example
 * const shout = bundle((text: string) => text.toUpperCase(), { name: "shout" });
 * shout("hello").data; // "HELLO"
 */
export const bundle: Bundle = /* @__PURE__ */ bundleIn(() => (sandbox ??= quickjs()));
