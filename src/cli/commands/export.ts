/** `tracegrad export`: writes what a run learned to files that can be reviewed, committed and loaded. */

import { exportedFiles, writeExport } from "../../doors/production.ts";
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
  const files = exportedFiles(await readRun(folder), step ?? "best");
  const paths = await writeExport(files, to);
  if (json === true) writeJson(terminal, { paths });
  else {
    for (const path of paths) terminal.out.write(`${path}\n`);
    say(terminal, "Review learned.patch, commit the folder, and give learned.json to `load` of tracegrad/production.");
  }
  return exitCodes.ok;
}
