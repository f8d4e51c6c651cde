/** Reads V8 stack traces: from the text of `error.stack` to frames with a file path, a line and a column. */

/** A place in a file; `line` and `column` are 1-based, as in a stack trace. */
export interface StackPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One frame of a stack trace. */
export interface StackFrame {
  /** The function's name as the trace shows it; empty when it shows none. */
  readonly caller: string;
  /** Where it is; undefined for built-in functions and for eval'ed code, which have no file. */
  readonly place: StackPosition | undefined;
  readonly evaluated: boolean;
}

/**
 * The frames of a stack trace, innermost first; none when it is not a text (a program may have its own
 * `Error.prepareStackTrace`).
 */
export function framesOf(stack: unknown): StackFrame[] {
  if (typeof stack !== "string") return [];
  const frames: StackFrame[] = [];
  for (const line of stack.split("\n")) {
    const frame = readFrame(line);
    if (frame !== undefined) frames.push(frame);
  }
  return frames;
}

/**
 * One line of a stack trace, such as `    at async solve (file:///app/solver.ts:3:9)`; undefined for a line that is no
 * frame.
 */
export function readFrame(line: string): StackFrame | undefined {
  const body = /^\s*at (?:async )?(.*)$/.exec(line.trimEnd())?.[1];
  if (body === undefined) return undefined;
  const open = body.endsWith(")") ? body.indexOf(" (", callerEnd(body)) : -1;
  const caller = open < 0 ? "" : body.slice(0, open);
  const where = open < 0 ? body : body.slice(open + 2, -1);
  const evaluated = /^eval at |^evalmachine\.|^eval \(/.test(where) || body.startsWith("eval at ");
  return { caller, place: evaluated ? undefined : placeOf(where), evaluated };
}

/** A file URL, a bundler's module id or a path as a plain path with forward slashes. */
export function pathOf(where: string): string {
  let path = where.replace(/[?#].*$/, "");
  if (path.startsWith("file://")) path = decoded(path.slice("file://".length).replace(/^localhost(?=\/)/, ""));
  path = path.replaceAll("\\", "/");
  // Vite's id of a file outside of its root.
  if (path.startsWith("/@fs/")) path = path.slice("/@fs".length).replace(/^\/\//, "/");
  return path.replace(/^\/(?=[A-Za-z]:\/)/, "");
}

/** A method's alias, `Object.run [as go] (…)`, belongs to the caller. */
function callerEnd(body: string): number {
  const alias = body.indexOf(" [as ");
  return alias < 0 ? 0 : Math.max(0, body.indexOf("]", alias));
}

function placeOf(where: string): StackPosition | undefined {
  const [, file, line, column] = /^(.+):(\d+):(\d+)$/.exec(where) ?? [];
  if (file === undefined || /^(?:node:|internal\/|<|native\b|wasm:|data:|https?:)/.test(file)) return undefined;
  return { file: pathOf(file), line: Number(line), column: Number(column) };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
