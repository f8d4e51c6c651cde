/** Remembers where in a user's program a function of tracegrad was called. */

/** The place of a call, as the engine holds it: unformatted until it is asked for. */
export interface CallSite {
  readonly trace: { readonly stack?: unknown };
  /** The URL of this module, which the trace begins in. A bundle in CommonJS form knows none. */
  readonly url?: unknown;
}

// Enough to see past tracegrad's own frames and the helpers of decorators, whatever limit the program has set.
const FRAMES = 16;

/**
 * Remembers the present stack. It costs about a microsecond: the trace is formatted, and source maps are read, only by
 * `locate`.
 */
export function captureCallSite(): CallSite {
  const limit = Error.stackTraceLimit;
  setLimit(FRAMES);
  const trace = new Error("call site");
  setLimit(limit);
  return { trace, url: import.meta.url };
}

function setLimit(limit: number): void {
  try {
    Error.stackTraceLimit = limit;
  } catch {
    // Hardened programs freeze `Error`; then the trace is as long as they have set it.
  }
}
