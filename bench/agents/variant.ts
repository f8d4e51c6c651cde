/** The ways in which one call is made. */

/** Sets a way up, and gives what makes one call. */
export type Prepare = () => () => Promise<unknown>;

export interface Variants {
  readonly untraced: Prepare;
  /** Through a door of `tracegrad/agents`, as in production: outside of a trace. */
  readonly door: Prepare;
  /** A learning program in a trace, which makes its graph. */
  readonly traced: Prepare;
  /** The same, with `emitSpans()`. */
  readonly spans: Prepare;
  readonly langSmith: Prepare;
  readonly openTelemetry: Prepare;
}

export type VariantName = keyof Variants;

/** Microseconds of processor time a call, untraced and in another way, and the ratio of turns that follow each other. */
export interface Pair {
  readonly untraced: number;
  readonly traced: number;
  readonly ratio: number;
}
