/** What comes of calls in a child, as values and errors. Nothing that it sends is trusted. */
import { SandboxError } from "../errors.ts";
import { guestError, outOfMemory, readThrown } from "../failure.ts";
import { decode } from "../marshal.ts";
import type { CallResult, SandboxProgram } from "../sandbox.ts";
import type { Unit } from "../unit.ts";
import { timedOut } from "../vm.ts";

/** What came of one call. */
export interface RawResult {
  /** `=` and the text of what it gave, or `!` and that of what it threw. */
  readonly text: string;
  /** What ends the call as itself, whatever came of it. */
  readonly passing: { readonly thrown: unknown } | undefined;
}

/** Of whom the errors speak. */
export interface CallFacts {
  readonly unit: Unit;
  readonly program: SandboxProgram;
  /** The memory that it may use. */
  readonly memoryBytes: number;
}

/** The value or the error. */
export function readResult({ text, passing }: RawResult, called: CallFacts): CallResult {
  if (passing !== undefined) return { error: passing.thrown };
  try {
    if (text[0] === "=") return { value: decode(text.slice(1)) };
    const thrown = readThrown(text.slice(1));
    if (thrown === undefined) return { error: lostError(new Error("it sent what cannot be read"), called) };
    const full = thrown.name === "RangeError" && thrown.message === "Array buffer allocation failed";
    return { error: full ? lostError("memory", called) : guestError(thrown, called.unit) };
  } catch (error) {
    return { error };
  }
}

/** The error for a call that was stopped, or that its child has not survived. */
export function lostError(reason: "time" | "memory" | Error, { unit, program, memoryBytes }: CallFacts): SandboxError {
  if (reason === "time") return timedOut(unit.entry, program.timeoutMs);
  if (reason === "memory") return outOfMemory(unit.entry, memoryBytes);
  const problem = `\`${unit.entry}\` was lost with the process it ran in: ${reason.message}`;
  return new SandboxError("worker-lost", problem);
}

/** Whether what V8 printed at its end says that memory was used up. */
export function saysMemory(said: string): boolean {
  return /out of memory|Allocation failed|invalid size error/.test(said);
}
