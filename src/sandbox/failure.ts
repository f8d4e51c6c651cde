/** The errors of calls, made of what was thrown inside. */
import { caretUnder, SandboxError, type SourcePosition } from "./errors.ts";
import type { Thrown } from "./guest.ts";
import type { Unit } from "./unit.ts";

/** What was thrown inside, from the text that the guest makes of it; code inside may have made another. */
export function readThrown(text: string): Thrown | undefined {
  try {
    const { kind, name, message, stack } = JSON.parse(text) as Readonly<Record<keyof Thrown, unknown>>;
    if (kind !== "guest" && kind !== "transfer") return undefined;
    return { kind, name: cut(name, 100), message: cut(message, 4096), stack: cut(stack, 4096) };
  } catch {
    return undefined;
  }
}

function cut(value: unknown, max: number): string {
  return typeof value === "string" ? value.slice(0, max) : "";
}

/** The error for what V8 threw inside. */
export function guestError({ kind, name, message, stack }: Thrown, unit: Unit): SandboxError {
  if (kind === "transfer") {
    return new SandboxError("not-transferable", `\`${unit.entry}\` returned what cannot pass: ${message}`);
  }
  if (name === "RangeError" && message === "Maximum call stack size exceeded") return stackOverflow(unit);
  const place = placeIn(stack, unit);
  const where = place === undefined ? "" : ` (line ${place.line}, column ${place.column})`;
  const caret = place === undefined ? "" : `\n${caretUnder(unit.source, place)}`;
  const text = `\`${unit.entry}\` threw ${name}: ${message}${where}${caret}`;
  return new SandboxError("guest-error", text, { guestName: name, ...(place && { place }) });
}

/** The error for a call that used up the memory of its world or process. */
export function outOfMemory(entry: string, memoryBytes: number): SandboxError {
  const mib = Math.round(memoryBytes / 2 ** 20);
  return new SandboxError("out-of-memory", `\`${entry}\` used more than its limit of ${mib} MiB of memory`);
}

function stackOverflow(unit: Unit): SandboxError {
  const problem = "RangeError: Maximum call stack size exceeded (endless recursion, or data that is nested too deep)";
  return new SandboxError("guest-error", `\`${unit.entry}\` threw ${problem}`, { guestName: "RangeError" });
}

/** The innermost frame in the author's text, whose line 1 is ours. The message may come before the frames. */
function placeIn(stack: string, unit: Unit): SourcePosition | undefined {
  const frame = new RegExp(`^ +at .*\\bcode-${unit.id}\\.js:(\\d+):(\\d+)\\)?$`, "m").exec(stack);
  const line = Number(frame?.[1]) - 1;
  const text = unit.source.split("\n")[line - 1];
  if (frame === null || text === undefined) return undefined;
  return { line, column: Math.min(Number(frame[2]), text.length + 1) };
}
