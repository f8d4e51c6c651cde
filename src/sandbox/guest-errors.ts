/** What was thrown inside, as an error with its place in the author's text. */
import { shorten } from "../util/cut.ts";
import { caretAt } from "../util/errors.ts";
import { isTooLarge, SandboxError, type SourcePosition, transferFix } from "./errors.ts";
import type { Thrown } from "./guest.ts";
import type { Unit } from "./unit.ts";

/** What was thrown inside, as the guest writes it; code inside may have written something else. */
export function readThrown(text: string): Partial<Thrown> {
  // The guest's own texts are shorter.
  if (text.length > 65_536) return {};
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

/** How an engine counts columns: QuickJS in code points, V8 in UTF-16 units. */
export type ColumnUnit = "point" | "unit";

/** The error for what a program threw, with its place in the author's text. */
export function guestError(thrown: Partial<Thrown>, unit: Unit, columns: ColumnUnit = "point"): SandboxError {
  const { kind, name = "", message = "", stack = "" } = thrown;
  const authorFix = isTooLarge(message) ? transferFix(unit.maxIn, unit.maxOut) : undefined;
  if (kind === "transfer") {
    const problem = `\`${unit.entry}\` returned what cannot pass: ${message}`;
    return new SandboxError("not-transferable", problem, { authorFix });
  }
  if (/^(Range|Syntax)Error$/.test(name) && message === "stack overflow") return stackOverflow(unit);
  if (name === "RangeError" && message === "Maximum call stack size exceeded") return stackOverflow(unit);
  const place = placeIn(stack, unit, columns);
  const where = place === undefined ? "" : ` (line ${place.line}, column ${place.column})`;
  const caret = place === undefined ? "" : `\n${caretAt(unit.source, place.line, place.column)}`;
  const text = `\`${unit.entry}\` threw ${name}: ${message}${where}${caret}`;
  return new SandboxError("guest-error", text, { guestName: name, place, authorFix });
}

/** The name under which a unit's text is evaluated. */
export function fileOf(unit: Unit): string {
  return `code-${unit.id}.js`;
}

/** The innermost frame in the author's text, whose line 1 is ours. In V8 the message stands before the frames. */
function placeIn(stack: string, unit: Unit, columns: ColumnUnit): SourcePosition | undefined {
  const frame = new RegExp(`^ +at .*code-${unit.id}\\.js:(\\d+):(\\d+)`, "m").exec(stack);
  const line = Number(frame?.[1]) - 1;
  const text = unit.source.split("\n")[line - 1];
  if (frame === null || text === undefined) return undefined;
  const column = Math.min(Number(frame[2]), text.length + 1);
  return { line, column: columns === "unit" ? column : [...text].slice(0, column - 1).join("").length + 1 };
}
