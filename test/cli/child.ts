/** Runs the command line as users do: in a process of its own. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import { inject } from "vitest";

const root = inject("builtPackage");

/** A file of test/fixtures/cli, beside the built package. */
export const fixture = (name: string): string => join(root, "test/fixtures/cli", name);

/** How a command ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Options of `cli`. */
export interface ChildOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Called with all of stdout and stderr so far whenever there is more, to send signals. */
  readonly watch?: (
    seen: { readonly out: string; readonly err: string },
    kill: (signal: NodeJS.Signals) => void,
  ) => void;
}

/** Carries out a command line. */
export function cli(args: readonly string[], { env = {}, watch }: ChildOptions = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(root, "dist/cli/main.js"), ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
  let [out, err] = ["", ""];
  const seen = (): void => watch?.({ out, err }, (signal) => child.kill(signal));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    seen();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    seen();
  });
  return new Promise((end, fail) => {
    child.on("error", fail);
    child.on("close", (code) => end({ code, out, err }));
  });
}
