/** Starts a program as users do: in a process of its own. */

import { type ExecFileException, execFile } from "node:child_process";
import { join } from "node:path";
import { inject } from "vitest";

/** How a program ended, and what it wrote to both streams. */
export interface EndedProgram {
  readonly code: number;
  readonly output: string;
}

/** Runs a command in a folder. */
export function runProgram(command: string, args: readonly string[], cwd: string): Promise<EndedProgram> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd }, (error: ExecFileException | null, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

/** The program of an example, beside the built package. */
export const programOfExample = (name: string): string => join("examples", name, "main.js");

/** Runs an example from the built package. */
export function runExample(name: string, options: readonly string[]): Promise<EndedProgram> {
  return runProgram(process.execPath, [programOfExample(name), ...options], inject("builtPackage"));
}
