#!/usr/bin/env node
/** The command `tracegrad`: runs `main` with the arguments, and ends the process when everything is written. */

import { finished, main } from "./program.ts";

for (const stream of [process.stdout, process.stderr]) {
  // A reader that stops reading, such as `head`, is not a failure.
  stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
}

const code = await main(process.argv.slice(2), { out: process.stdout, err: process.stderr });
await finished(process.stdout);
await finished(process.stderr);
// Sockets and the like that the run file left open must not keep a finished command alive.
process.exit(code);
