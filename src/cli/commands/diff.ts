/** `tracegrad diff`: how the parameter values of two programs differ. */

import { existsSync } from "node:fs";
import { programOf, readRun, valueDiff } from "../../extend.ts";
import { exitCodes, say, type Terminal, writeJson } from "../terminal.ts";

/** `tracegrad diff <run|step> <run|step>`. */
export async function diffCommand(
  names: readonly [string, string],
  { json }: { readonly json?: true },
  terminal: Terminal,
): Promise<number> {
  const [before, after] = [await named(names[0]), await named(names[1])];
  if (json === true) {
    writeJson(terminal, { before, after });
    return exitCodes.ok;
  }
  const text = await valueDiff(before, after);
  if (text === "") say(terminal, "The programs do not differ.");
  else terminal.out.write(text);
  return exitCodes.ok;
}

/** The program that `runs/a` (the chosen one) or `runs/a@3` (after step 3) names. */
async function named(name: string) {
  const [, folder = name, step] = existsSync(name) ? [] : (/^(.+)@(\d{1,9})$/.exec(name) ?? []);
  const { step: from, values } = programOf(await readRun(folder), step === undefined ? "best" : Number(step));
  return { name, step: from, values };
}
