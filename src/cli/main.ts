#!/usr/bin/env node
/** The command `tracegrad`: hands the arguments on, and ends the process when everything is written. */

import { finished, main } from "./program.ts";

for (const stream of [process.stdout, process.stderr]) {
  // A reader that has seen enough, such as `head`, is no failure.
  stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
}

const code = await main(process.argv.slice(2), { out: process.stdout, err: process.stderr });
await finished(process.stdout);
await finished(process.stderr);
// What the run file has left open, such as sockets, must not keep a finished command alive.
process.exit(code);
