/** The sandbox of V8's speed, for programs that compute: confined by bubblewrap, or as `--confine` says. */

import { parseArgs } from "node:util";
import { TracegradError } from "tracegrad";
import { nodeProcess } from "tracegrad/extend";

/** The command-line option, for `parseArgs`. */
export const confineOption = { confine: { type: "string", default: "bubblewrap" } } as const;

/**
 * The sandbox that the command line asks for.
 * @throws TracegradError `bad-option`.
 */
export function fastSandbox(): ReturnType<typeof nodeProcess> {
  const { confine } = parseArgs({ options: confineOption, strict: false }).values;
  if (confine === "bubblewrap" || confine === "permissions") return nodeProcess({ confine });
  throw new TracegradError("bad-option", `--confine is bubblewrap or permissions, not ${String(confine)}.`);
}
