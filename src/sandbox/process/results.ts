/** What comes of calls in a child, as values and errors. Nothing that it sends is trusted. */
import { outOfMemory, SandboxError, timedOut } from "../errors.ts";
import { guestError, readThrown } from "../guest-errors.ts";
import { decode } from "../marshal.ts";
import type { CallResult } from "../sandbox.ts";
import type { Unit } from "../unit.ts";

/** What came of one call. */
export interface RawResult {
  /** `=` and the text of what it gave, or `!` and that of what it threw. */
  readonly text: string;
  /** What ends the call as itself, whatever came of it. */
  readonly passing: { readonly thrown: unknown } | undefined;
}

/** Of what the errors speak. */
export interface CallFacts {
  readonly unit: Unit;
  readonly timeoutMs: number;
  /** The memory that it may use. */
  readonly memoryBytes: number;
}

/** The value or the error. */
export function readResult({ text, passing }: RawResult, facts: CallFacts): CallResult {
  if (passing !== undefined) return { error: passing.thrown };
  if (text[0] !== "=") return { error: thrownError(text.slice(1), facts) };
  try {
    return { value: decode(text.slice(1), facts.unit.maxOut) };
  } catch (error) {
    return { error };
  }
}

/** The error for the text of what was thrown inside. */
export function thrownError(text: string, facts: CallFacts): SandboxError {
  const thrown = readThrown(text);
  if (thrown.kind === undefined) return lostError(new Error("it sent what cannot be read"), facts);
  const full = thrown.name === "RangeError" && thrown.message === "Array buffer allocation failed";
  return full ? lostError("memory", facts) : guestError(thrown, facts.unit, "unit");
}

/** The error for a call that was stopped, or that its child has not survived. */
export function lostError(reason: "time" | "memory" | Error, facts: CallFacts): SandboxError {
  const { entry } = facts.unit;
  if (reason === "time") return timedOut(entry, facts.timeoutMs);
  if (reason === "memory") return outOfMemory(entry, facts.memoryBytes);
  return new SandboxError("worker-lost", `\`${entry}\` was lost with the process it ran in: ${reason.message}`);
}

/** Whether what V8 printed at its end says that memory was used up. */
export function saysMemory(said: string): boolean {
  return /out of memory|Allocation failed|invalid size error/.test(said);
}
