/** What was thrown inside, as an error with its place in the author's text. */
import { shorten } from "../util/cut.ts";
import { caretUnder, SandboxError, type SourcePosition } from "./errors.ts";
import type { Thrown } from "./guest.ts";
import type { Unit } from "./unit.ts";

/** What was thrown inside, as the guest writes it; code inside may have written something else. */
export function readThrown(text: string): Partial<Thrown> {
  try {
    const { kind, name, message, stack } = JSON.parse(text) as Readonly<Record<keyof Thrown, unknown>>;
    if (kind !== "guest" && kind !== "transfer") return {};
    return { kind, name: shortText(name, 100), message: shortText(message, 4096), stack: shortText(stack, 4096) };
  } catch {
    return {};
  }
}

function shortText(value: unknown, max: number): string {
  return typeof value === "string" ? shorten(value, max) : "";
}

/** The error for a stack that is full. */
export function stackOverflow(unit: Unit): SandboxError {
  const problem = "RangeError: Maximum call stack size exceeded (endless recursion, or data that is nested too deep)";
  return new SandboxError("guest-error", `\`${unit.entry}\` threw ${problem}`, { guestName: "RangeError" });
}

/** The error for what a program threw, with its place in the author's text. */
export function guestError(thrown: Partial<Thrown>, unit: Unit): SandboxError {
  const { kind, name = "", message = "", stack = "" } = thrown;
  if (kind === "transfer") {
    return new SandboxError("not-transferable", `\`${unit.entry}\` returned what cannot pass: ${message}`);
  }
  if (/^(Internal|Syntax)Error$/.test(name) && message === "stack overflow") return stackOverflow(unit);
  const place = placeIn(stack, unit);
  const where = place === undefined ? "" : ` (line ${place.line}, column ${place.column})`;
  const caret = place === undefined ? "" : `\n${caretUnder(unit.source, place)}`;
  const text = `\`${unit.entry}\` threw ${name}: ${message}${where}${caret}`;
  return new SandboxError("guest-error", text, { guestName: name, ...(place && { place }) });
}

/** The name under which a unit's text is evaluated. */
export function fileOf(unit: Unit): string {
  return `code-${unit.id}.js`;
}

/** The innermost frame in the author's text. QuickJS counts columns in code points; line 1 is ours. */
function placeIn(stack: string, unit: Unit): SourcePosition | undefined {
  const frame = new RegExp(`code-${unit.id}\\.js:(\\d+):(\\d+)`).exec(stack);
  const line = Number(frame?.[1]) - 1;
  const text = unit.source.split("\n")[line - 1];
  if (frame === null || text === undefined) return undefined;
  const before = [...text].slice(0, Number(frame[2]) - 1).join("");
  return { line, column: before.length + 1 };
}
