/** What the author of a bundle may choose. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Sandbox } from "../sandbox/sandbox.ts";

/** Options of `bundle`. */
export interface BundleOptions {
  /** The operation's name. Default: the function's, or that of the variable it is assigned to. */
  readonly name?: string;
  /** What it does, for the optimizer to read. Default: the JSDoc above the function. */
  readonly doc?: string;
  /**
   * Makes the function's source a parameter: the optimizer may rewrite it, and it runs in a sandbox. Default: false. In
   * a run of `train` its chance is seeded, and its clock begins at 2026-01-01, a millisecond a reading; elsewhere both
   * are real.
   */
  readonly trainable?: boolean;
  /** What new source must fulfil besides its signature, in words: shown to the optimizer. */
  readonly constraint?: string;
  /**
   * Any Standard Schema of the record of arguments by name. A call that fails it is a failed call. The body gets the
   * arguments as the schema makes them: trimmed, with defaults, without unknown keys. Arguments that it does not speak
   * of stay as they are.
   */
  readonly input?: StandardSchemaV1;
  /**
   * Any Standard Schema of the result, which replaces the result by what it gives. A result that fails it is a failed
   * call.
   */
  readonly output?: StandardSchemaV1;
  /** What runs trainable code. Default: QuickJS. */
  readonly sandbox?: Sandbox;
  /** Host functions and constants that trainable code may use, by name. They count as trusted, unlike the code. */
  readonly scope?: Readonly<Record<string, unknown>>;
  /** What happens when the body reads a node that is not an input: an error (default), or it becomes a parent. */
  readonly external?: "reject" | "record";
  /**
   * The longest a call may take, in milliseconds. Default: 1,000 for synchronous trainable code, 60,000 for
   * asynchronous; none for a function of your own. A synchronous function of your own cannot be interrupted.
   */
  readonly timeoutMs?: number;
}
