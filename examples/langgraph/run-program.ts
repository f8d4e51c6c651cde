/** Runs a program that a model wrote, in the sandbox. */

import { quickjs } from "tracegrad/extend";

const sandbox = quickjs();
const spec = { entry: "solve", params: [], async: false, scope: [] } as const;

/**
 * What `solve()` of the program returns, as plain data. It has a second, no input, no files and no network.
 * @throws SandboxError when the text is no program with a function `solve()`, when it throws, and at the limits.
 */
export async function runProgram(source: string): Promise<unknown> {
  await sandbox.load();
  sandbox.check(source, spec);
  const session = sandbox.open();
  try {
    return session.call({ source, spec, scope: {}, timeoutMs: 1_000 }, []);
  } finally {
    session.close();
  }
}
