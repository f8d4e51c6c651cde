/** Which names a run folder may have: names from outside the program must not lead elsewhere. */

import { lstatSync } from "node:fs";
import { basename, join, resolve, sep } from "node:path";
import { headOf } from "../../util/cut.ts";
import { TracegradError } from "../../util/errors.ts";

/** Letters and digits of any script; dots, dashes, underscores and spaces inside. */
const allowed = /^[\p{L}\p{N}_](?:[\p{L}\p{N}._ -]*[\p{L}\p{N}_-])?$/u;
/** Device names of Windows, with any ending. */
const devices = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
const maxBytes = 120;

/**
 * The path of the run called `name` in the folder `root`, for names from outside the program, such as a command line.
 * @throws TracegradError `"bad-run-name"` for a name that is not a plain file name (letters, digits, `.`, `_`, `-` and
 * spaces, at most 120 bytes), and for a link.
 */
export function runFolder(root: string, name: string): string {
  checkName(name);
  const path = join(resolve(root), name);
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw bad(name, "is a link to another place");
  return path;
}

/** The absolute path of a run folder that the program names. Its last part must be the name of a run. */
export function folderPath(folder: string): string {
  if (typeof folder !== "string" || folder.includes("\0")) throw bad(folder, "is not a path");
  const path = resolve(folder);
  checkName(basename(path));
  return path.endsWith(sep) ? path.slice(0, -1) : path;
}

function checkName(name: string): void {
  if (typeof name !== "string" || name === "") throw bad(name, "is empty");
  if (Buffer.byteLength(name) > maxBytes) throw bad(name, `is longer than ${maxBytes} bytes`);
  if (!allowed.test(name)) throw bad(name, "has characters that the name of a run may not have, or not there");
  if (devices.test(name)) throw bad(name, "is the name of a device on Windows");
}

function bad(name: unknown, why: string): TracegradError {
  const quoted = JSON.stringify(headOf(String(name), 60));
  return new TracegradError(
    "bad-run-name",
    `The run name ${quoted} ${why}. Use letters, digits, "-" and "_", such as "solver-1".`,
  );
}
