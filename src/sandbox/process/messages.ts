/** What host and child say to each other, and what the child is made of. Types only. */
import type { Context, Script } from "node:vm";
import type { FrameFunctions } from "./frames.ts";

/**
 * Messages to the child. `F`: forget worlds. `C`: run a synchronous program, once for each two lines of the last text,
 * which are draws and arguments.
 * `A`: the answer to a question. `S`: there is no answer, end the call. `B`: begin an asynchronous call. `W`: what an
 * asynchronous call waited for.
 */
export type ToChild = "F" | "C" | "A" | "S" | "B" | "W";

/**
 * Messages of the child. `H`: it is ready. `R`: results, one a line. `Q`: a question, for which its caller waits. `P`: a question of
 * an asynchronous call. `D`: an asynchronous call is done. `L`: a line of the console. `E`: nothing more will come of
 * the last message. `X`: so, too, because the call was stopped.
 */
export type FromChild = "H" | "R" | "Q" | "P" | "D" | "L" | "E" | "X";

/** What the functions use of their process, taken before any program runs. */
export interface ChildTools {
  readonly frames: FrameFunctions;
  readonly read: (into: Buffer, at: number, room: number) => number;
  readonly write: (bytes: Buffer) => void;
  readonly now: () => number;
  readonly pid: number;
  readonly exit: (code: number, reason: string) => never;
  readonly newContext: () => Context;
  readonly compile: (code: string, file: string, context: Context) => () => InsideFunction;
  /** Gives a function that makes the guest of a context. */
  readonly guest: Script;
  /** Gives a function that sets what is drawn. */
  readonly seeding: Script;
  /** Runs the promise jobs of a context. */
  readonly jobs: Script;
  /** Calls what `entering` holds. */
  readonly enter: Script;
  readonly entering: { call: (() => void) | undefined };
  readonly guestParts: Readonly<Record<string, string>>;
  readonly maxTransfer: number;
}

/** A function of the realm of programs. */
export type InsideFunction = (...args: unknown[]) => unknown;

/** The world of one session. */
export interface ChildWorld {
  readonly context: Context;
  readonly guest: { readonly define: InsideFunction; readonly answer: InsideFunction };
  /** Units that were defined, and those that are to be. */
  readonly runners: Map<string, InsideFunction>;
  readonly units: Map<string, UnitTexts>;
  /** Sets what is drawn, and gives what would have been; only in a seeded world. */
  swapRandom: ((state: number, reads: number) => string) | undefined;
}

/** A unit as the host sends it. */
export interface UnitTexts {
  readonly code: string;
  readonly config: string;
  readonly draws: string;
}
