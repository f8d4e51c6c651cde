/** TypeScript to JavaScript by blanking the types out, so that every line and column stays where the author put it. */
import { messageOf, SourceError, TracegradError } from "../util/errors.ts";
import { forgetSwc, loadSwc } from "../util/packages.ts";
import { placeOf } from "./errors.ts";

type Swc = typeof import("@swc/wasm-typescript");

interface SwcProblem {
  readonly message?: unknown;
  readonly startLine?: unknown;
  readonly startColumn?: unknown;
}

let swc: Swc | undefined;

/** Loading costs about 50 ms and must be synchronous, so it waits for the first text. */
function loaded(): Swc {
  swc ??= loadSwc();
  return swc;
}

/** After a trap (text nested too deep for its stack) the module fails on every text. */
function forget(): void {
  forgetSwc();
  swc = undefined;
}

/**
 * Removes the types. The result has the same length and the same lines.
 * @throws SourceError for text that does not parse and for TypeScript that is more than types (enums, namespaces, …).
 */
export function stripTypes(source: string): string {
  const problem = problemOf(source);
  if (typeof problem === "string") return problem;
  // swc counts columns as a terminal shows them (a tab is four wide, an emoji three); in plain ASCII they are exact.
  const masked = source.replace(/\t/g, " ").replace(/[^\0-\x7f]/g, (char) => (/\s/.test(char) ? " " : "x"));
  const exact = masked === source ? problem : problemOf(masked);
  const at = offsetOf(source, typeof exact === "string" ? problem : exact);
  const message = typeof problem.message === "string" ? problem.message : messageOf(problem);
  const { line, column } = placeOf(source, at);
  const plain = message.replace("is not supported in strip-only mode", "is not allowed; use plain types only");
  throw new SourceError(plain, source, line, column);
}

/** The stripped text, or what swc threw: a plain object, not an Error. */
function problemOf(source: string): string | SwcProblem {
  try {
    return loaded().transformSync(source, { mode: "strip-only", module: true, sourceMap: false }).code;
  } catch (thrown) {
    if (thrown instanceof TracegradError) throw thrown;
    if (thrown instanceof Error) {
      forget();
      return { message: "the text is nested too deeply to be parsed" };
    }
    return typeof thrown === "object" && thrown !== null ? thrown : { message: messageOf(thrown) };
  }
}

/** swc counts lines from one, and columns from zero. */
function offsetOf(source: string, problem: SwcProblem): number {
  if (typeof problem.startLine !== "number" || typeof problem.startColumn !== "number") return 0;
  const lineEnd = /\r\n|[\n\r]/g;
  for (let line = 1; line < problem.startLine; line++) if (lineEnd.exec(source) === null) break;
  return lineEnd.lastIndex + problem.startColumn;
}
