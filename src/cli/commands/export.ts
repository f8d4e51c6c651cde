/** `tracegrad export`: writes what a run learned to files that can be reviewed, committed and loaded. */

import { isDeepStrictEqual } from "node:util";
import { redactData } from "../../doors/extend.ts";
import { exportRun, writeExport } from "../../doors/production.ts";
import { readRun } from "../../doors/report.ts";
import { exitCodes, say, type Terminal, writeJson } from "../terminal.ts";

/** Flags of `tracegrad export`. */
export interface ExportFlags {
  readonly to: string;
  readonly step?: number;
  readonly json?: true;
}

/** `tracegrad export <folder>`. */
export async function exportCommand(
  folder: string,
  { to, step, json }: ExportFlags,
  terminal: Terminal,
): Promise<number> {
  const { learned, files } = exportRun(await readRun(folder), step);
  const { values, redacted } = learned;
  const paths = await writeExport(files, to);
  if (json === true) writeJson(terminal, { paths });
  else {
    for (const path of paths) terminal.out.write(`${path}\n`);
    const secret = Object.keys(values).filter((name) => !isDeepStrictEqual(redactData(values[name]), values[name]));
    if (secret.length > 0) say(terminal, `Careful: ${secret.join(", ")} may hold a secret, and is written as it is.`);
    if (redacted.length > 0)
      say(terminal, `Not written, since the run has stored it redacted: ${redacted.join(", ")}.`);
    say(terminal, "Review learned.patch, commit the folder, and give learned.json to `load` of tracegrad/production.");
  }
  return exitCodes.ok;
}
