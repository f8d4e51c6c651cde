/** The run folder of a demo: emptied before a new run, with the report in it after one. */

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TracegradError } from "tracegrad";
import { readRun, reportHtml, viewOf } from "tracegrad/report";

/**
 * Removes the run of an earlier demo.
 * @throws TracegradError `bad-option` when the folder holds something else.
 */
export function removeRun(folder: string): void {
  if (!existsSync(folder)) return;
  if (!existsSync(join(folder, "run.json")) && readdirSync(folder).length > 0) {
    throw new TracegradError("bad-option", `${folder} holds files that are not a run. Choose another folder.`);
  }
  rmSync(folder, { recursive: true });
}

/** Puts a picture into the run folder, with a text about it: the report shows both. `name` has its ending. */
export function addPicture(folder: string, name: string, image: string | Uint8Array, text: string): void {
  const pictures = join(folder, "pictures");
  mkdirSync(pictures, { recursive: true });
  writeFileSync(join(pictures, name), image);
  writeFileSync(join(pictures, name.replace(/\.\w+$/, ".txt")), `${text}\n`);
}

/** Writes the report into the run folder and returns its path. */
export async function writeReport(folder: string): Promise<string> {
  const file = join(folder, "report.html");
  const { events, evaluations, pictures } = await readRun(folder);
  writeFileSync(file, await reportHtml({ ...viewOf(events), pictures: await pictures() }, { evaluations }));
  return file;
}
