/** What host and child say to each other, and what the child is made of. Types only. */
import type { Context, Script } from "node:vm";
import type { OpenLimits } from "../options.ts";
import type { FrameFunctions } from "./frames.ts";

/**
 * Messages to the child. `F`: forget worlds. `C`: run a synchronous program, once for each line of the last text: its
 * draws and arguments.
 * `A`: the answer to a question. `S`: there is no answer, end the call. `B`: begin an asynchronous call. `W`: what an
 * asynchronous call waited for. `K`: nobody waits for it any more.
 */
export type ToChild = "F" | "C" | "A" | "S" | "B" | "W" | "K";

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
  /** Gives the draws of a world, and makes randomness and clock follow them. */
  readonly seeding: Script;
  /** Runs the promise jobs of a context. */
  readonly jobs: Script;
  /** Calls what `entering` holds. */
  readonly enter: Script;
  readonly entering: { call: (() => void) | undefined };
  readonly maxOpen: OpenLimits;
}

/** A function of the realm of programs. */
export type InsideFunction = (...args: unknown[]) => unknown;

/** What a world gives to be used by us. */
export interface ChildGuest {
  readonly define: InsideFunction;
  readonly swapDraws: InsideFunction;
  readonly answer: InsideFunction;
}

/** The world of one session. */
export interface ChildWorld {
  readonly context: Context;
  readonly guest: ChildGuest;
  /** Units that were defined, and those that are to be. */
  readonly runners: Map<string, InsideFunction>;
  readonly units: Map<string, UnitTexts>;
  /** Questions so far, and those that have no answer yet with the length of their arguments. */
  questions: number;
  readonly open: Map<string, number>;
  openChars: number;
}

/** A unit as the host sends it. */
export interface UnitTexts {
  readonly code: string;
  /** What it draws, and its config. */
  readonly config: string;
}
