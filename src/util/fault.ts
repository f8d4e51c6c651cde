/**
 * Whose fault a failure is: the one place that decides. A failure is the program's only if another text of the program
 * could have avoided it. `docs/failures.md` explains the table for users.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { isAbort } from "./abort.ts";
import { ExternalCallError, messageOf, TracegradError } from "./errors.ts";
import { isInstance } from "./is-instance.ts";
import { outageOf } from "./outage.ts";

/**
 * Whose fault an error is. `program`: data about the program, to be scored and taught. `world`: a provider, the
 * network, the machine, a spent budget; it says nothing about the program. `use`: a mistake in the use of tracegrad,
 * for its author to read. `cancelled`: the work was stopped.
 */
export type Fault = "program" | "world" | "use" | "cancelled";

/** What a user says about errors that the library cannot judge by itself. */
export interface Outages {
  /** True for an error of an external service, in addition to those that the library knows. */
  readonly also?: (error: unknown) => boolean;
  /**
   * True for an error that is the program's fault after all. Asked first; never about a spent budget or a broken run
   * folder.
   */
  readonly except?: (error: unknown) => boolean;
}

/** Codes of mistakes in the use of tracegrad: their author is to read them, not an optimizer. */
const mistakes: ReadonlySet<string> = new Set([
  "external-read",
  "hidden-node",
  "async-schema",
  "no-text",
  "streaming-prompt",
]);

/** Our own codes for failures of models and of the installation, where no run has made an ExternalCallError of them. */
const outages: ReadonlySet<string> = new Set([
  ...["model-config", "model-unavailable", "model-timeout", "model-stream", "model-silent", "model-endless"],
  ...["mailbox-timeout", "mailbox-folder", "empty-answer", "no-recorded-answer"],
  ...["cassette-missing", "cassette-damaged", "cassette-version", "cassette-write", "cassette-model"],
  ...["sandbox-failed-to-load", "no-package", "no-price"],
]);

/** How many errors behind an error are examined: its causes, and the members of an AggregateError. */
const maxErrors = 50;
/** How many items of an array behind an error are looked at. */
const maxLooked = 1_000;

const ambient = new AsyncLocalStorage<Outages>();

/** Runs `fn`, and all that it awaits, with a user's word on what is an outage. */
export function withOutages<R>(rules: Outages | undefined, fn: () => R): R {
  return rules === undefined ? fn() : ambient.run(rules, fn);
}

/**
 * Whose fault `thrown` is. The causes of an error count too, and the members of an AggregateError: the outermost error
 * that says whose fault it is decides. Where none does, it is the program's.
 * @param rules What the user says. Default: that of the `withOutages` around the caller.
 * Never throws: an error about which a function of the user's throws is the world's, and `asOutside` says so.
 */
export function faultOf(thrown: unknown, rules: Outages | undefined = ambient.getStore()): Fault {
  const levels = levelsOf(thrown);
  if (levels.flat().some(isExternalCallError)) return "world";
  for (const level of levels) {
    const faults = level
      .map((error) => ruleVerdict(error, rules) ?? verdictOn(error))
      .filter((one) => one !== undefined);
    // If one of several attempts met an outage, that decides: its result is unknown.
    if (faults.length > 0) return faults.includes("world") ? "world" : (faults[0] as Fault);
  }
  return "program";
}

/**
 * An external failure as the error that ends a run in order: itself, where it is or holds an
 * ExternalCallError.
 */
export function toExternalCallError(
  thrown: unknown,
  rules: Outages | undefined = ambient.getStore(),
): ExternalCallError {
  const chain = levelsOf(thrown).flat();
  const own = chain.find(isExternalCallError);
  if (own !== undefined) return own;
  try {
    const culprit = chain.find((error) => (ruled(error, rules) ?? verdictOn(error)) === "world") ?? thrown;
    const text =
      `An external call failed, not the program: ${messageOf(culprit)}. Nothing was scored. Run again to continue ` +
      "from here; if another program could have avoided this error, name it in `outages.except`.";
    return new ExternalCallError("outage", text, { cause: thrown });
  } catch (mistake) {
    const text =
      `A function of \`outages\` threw ${messageOf(mistake)} when it was asked about ${messageOf(thrown)}. ` +
      "Make it give true or false for anything that is thrown.";
    return new ExternalCallError("bad-outages", text, { cause: mistake });
  }
}

/**
 * False for what says nothing about the program: cancelling, external failures, mistakes in the use of
 * tracegrad.
 */
export function isData(thrown: unknown): boolean {
  return faultOf(thrown) === "program";
}

function isExternalCallError(error: unknown): error is ExternalCallError {
  return isInstance(error, ExternalCallError);
}

/** A rule that throws stops the run: there is no telling what the user would have answered. */
function ruleVerdict(error: unknown, rules: Outages | undefined): Fault | undefined {
  try {
    return ruled(error, rules);
  } catch {
    return "world";
  }
}

function ruled(error: unknown, { also, except }: Outages = {}): Fault | undefined {
  if (except?.(error) === true) return "program";
  return also?.(error) === true ? "world" : undefined;
}

/** What one error says by itself; undefined when that is nothing. */
function verdictOn(error: unknown): Fault | undefined {
  try {
    if (isAbort(error)) return "cancelled";
    if (!(error instanceof TracegradError)) return outageOf(error);
    if (mistakes.has(error.code)) return "use";
    return outages.has(error.code) ? "world" : undefined;
  } catch {
    return undefined;
  }
}

/** The error, then its direct causes, and so on: causes, members, what an SDK kept of its attempts. Each once. */
function levelsOf(thrown: unknown): readonly (readonly unknown[])[] {
  const seen = new Set<unknown>([thrown]);
  const levels: unknown[][] = [[thrown]];
  for (const level of levels) {
    const behind = level
      .flatMap(errorsBehind)
      .filter((error) => !seen.has(error) && seen.size < maxErrors && seen.add(error));
    if (behind.length > 0) levels.push(behind);
  }
  return levels;
}

function errorsBehind(error: unknown): readonly unknown[] {
  if (typeof error !== "object" || error === null) return [];
  return ["cause", "errors", "lastError", "suppressed", "error"].flatMap((key) => errorsUnder(error, key));
}

/** The errors under a key. SDKs keep other things under such names too, which are left alone. */
function errorsUnder(error: object, key: string): readonly unknown[] {
  try {
    const value = (error as Readonly<Record<string, unknown>>)[key];
    return (Array.isArray(value) ? value.slice(0, maxLooked) : [value]).filter((one) => one instanceof Error);
  } catch {
    return [];
  }
}
