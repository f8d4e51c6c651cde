/** Builds programs for the sandbox tests. */
import type { CodeSpec, SandboxProgram } from "../../src/sandbox/sandbox.ts";

export function specOf(entry: string, params: string[] = [], more: Partial<CodeSpec> = {}): CodeSpec {
  return { entry, params, async: false, scope: [], ...more };
}

/** A limit that no program of these tests reaches, on the slowest machine, but one that hangs. */
const hangs = 10 * 60_000;

/** A program whose spec is read off the first function of its text. */
export function program(
  source: string,
  more: { scope?: Record<string, unknown>; timeoutMs?: number } = {},
): SandboxProgram {
  const head = /^[^]*?(async )?function (\w+)\(([^)]*)\)/.exec(source);
  if (!head) throw new Error(`no function in ${source}`);
  const params = (head[3] as string).split(",").map((param) => param.replace(/[:=][^]*/, "").trim());
  const scope = more.scope ?? {};
  const spec = { entry: head[2] as string, params: params.filter(Boolean), async: head[1] !== undefined };
  return { source, spec: { ...spec, scope: Object.keys(scope) }, scope, timeoutMs: more.timeoutMs ?? hangs };
}

/** What `fn` throws; fails when it throws nothing. */
export function thrownBy(fn: () => unknown): Error & { code?: string; line?: number; column?: number } {
  try {
    fn();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
