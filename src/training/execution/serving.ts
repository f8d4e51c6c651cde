/**
 * Serving: in a process that makes tasks, `train`, `evaluate` and `study` start nothing, but offer their programs. It is
 * known by a global symbol, since the file that is served may import another copy of this package.
 */

import type { Json } from "../../util/decode.ts";
import type { Executor, ServedProgram } from "./executor.ts";

/** The programs of one call of `train`, `evaluate` or `study`. */
export interface ProgramOffer {
  /** The executor that was given to it. */
  readonly executor: Executor | undefined;
  /** The program; of a study, that of a trial. Rejects when the study has no such trial. */
  program(trial: Json | undefined): Promise<ServedProgram>;
}

const key = Symbol.for("tracegrad.serving");
type Offer = (offer: ProgramOffer) => void;

/** From now on, this process serves: `offer` receives what it could run. */
export function serveHere(offer: Offer): void {
  (globalThis as { [key]?: Offer })[key] = offer;
}

/** Where to offer a program in a process that serves; undefined in any other. */
export function servingHere(): Offer | undefined {
  return (globalThis as { readonly [key]?: Offer })[key];
}

/** What a call of `train`, `evaluate` or `study` gives in a process that serves. */
export function never(): Promise<never> {
  return new Promise(() => undefined);
}
