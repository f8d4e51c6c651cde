/** Which names a run folder may have: names that come from outside never lead elsewhere. */

import { lstatSync } from "node:fs";
import { basename, join, resolve, sep } from "node:path";
import { TracegradError } from "../../util/errors.ts";

/** Letters and digits of any script; dots, dashes, underscores and spaces inside. */
const allowed = /^[\p{L}\p{N}_](?:[\p{L}\p{N}._ -]*[\p{L}\p{N}_-])?$/u;
/** Devices of Windows, whatever ending is put behind them. */
const devices = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
const longest = 120;

/**
 * The path of the run called `name` in the folder `root`, for names that come from outside, such as a command line.
 * @throws TracegradError `"bad-run-name"` for a name that is no plain file name (letters, digits, `.`, `_`, `-` and
 * spaces, at
 *   most 120 bytes), or that is a link.
 */
export function runFolder(root: string, name: string): string {
  checkName(name);
  const path = join(resolve(root), name);
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw bad(name, "is a link to another place");
  return path;
}

/** The absolute path of a run folder that the program itself names; its last part must be a run's name. */
export function checkedFolder(folder: string): string {
  if (typeof folder !== "string" || folder.includes("\0")) throw bad(folder, "is no path");
  const path = resolve(folder);
  checkName(basename(path));
  return path.endsWith(sep) ? path.slice(0, -1) : path;
}

function checkName(name: string): void {
  if (typeof name !== "string" || name === "") throw bad(name, "is empty");
  if (Buffer.byteLength(name) > longest) throw bad(name, `is longer than ${longest} bytes`);
  if (!allowed.test(name)) throw bad(name, "holds characters that a file name may not have, or not there");
  if (devices.test(name)) throw bad(name, "is the name of a device on Windows");
}

function bad(name: unknown, why: string): TracegradError {
  const shown = JSON.stringify(String(name).slice(0, 60));
  return new TracegradError(
    "bad-run-name",
    `The run name ${shown} ${why}. Use letters, digits, "-" and "_", such as "solver-1".`,
  );
}
