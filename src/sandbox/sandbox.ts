/** The port between tracegrad and whatever runs code parameters. Imports nothing of ours. */

/** What the program text of a code parameter must define, and what it may use. */
export interface CodeSpec {
  /** The function the text must define; other statements and helper functions may stand beside it. */
  readonly entry: string;
  /** Its parameter names in order. A rest parameter begins with `...`; a destructured one is `{}` or `[]`. */
  readonly params: readonly string[];
  /** True where a minifier has chosen these names, so that a text may have others: only number and kinds count then. */
  readonly renamed?: boolean;
  readonly async: boolean;
  /** Names beside the standard JavaScript globals that the text may use: the bundle's `scope`. */
  readonly scope: readonly string[];
}

/** A program text with all that is needed to run it. */
export interface SandboxProgram {
  /** TypeScript or JavaScript that {@link Sandbox.check} accepts for `spec`. */
  readonly source: string;
  readonly spec: CodeSpec;
  /** Host functions and constants by name. Functions are called with plain values and may be async in async code. */
  readonly scope: Readonly<Record<string, unknown>>;
  /** The longest one call may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What came of one call of several. */
export type CallResult = { readonly value: unknown } | { readonly error: unknown };

/** A fresh world. Calls inside one session share it; nothing leaks from one session to the next. */
export interface SandboxSession {
  /**
   * Calls the entry of a synchronous program. Throws what the program throws, or an error that names the broken limit.
   */
  call(program: SandboxProgram, args: readonly unknown[]): unknown;
  /**
   * Calls the entry of a synchronous program once for each list of arguments, in order, and gives what came of each: the
   * same as that many times {@link call}, but faster where it costs much to enter the sandbox.
   */
  callMany(program: SandboxProgram, lists: readonly (readonly unknown[])[]): readonly CallResult[];
  /** Calls the entry of an asynchronous program, away from the host's event loop. */
  callAsync(program: SandboxProgram, args: readonly unknown[]): Promise<unknown>;
  /** Frees the world. Idempotent. */
  close(): void;
}

/** Runs code parameters. Values pass in and out as JSON; never as live host objects. */
export interface Sandbox {
  readonly name: string;
  /** Loads the engine ahead of its first use, which otherwise does it. Idempotent; concurrent calls share one load. */
  load(): Promise<void>;
  /**
   * Checks that `source` parses, uses only erasable TypeScript and allowed names, and defines `spec.entry` with the
   * given signature. Needs no loaded engine. Throws an error with line, column and caret otherwise.
   */
  check(source: string, spec: CodeSpec): void;
  /**
   * Opens a fresh world. With a `seed`, what is drawn and what the clock says in a call depend on nothing but the seed,
   * the program, the arguments, and how often they were the same before.
   */
  open(seed?: string): SandboxSession;
}
