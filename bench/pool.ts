/**
 * Measures many agents at once (`many-agents.ts`), as plain JavaScript in a process of its own.
 *
 *   npm run bench:pool              500 ms a call, about four minutes
 *   npm run bench:pool -- --quick   50 ms a call
 */

import { spawnSync } from "node:child_process";
import { bundled } from "./process.ts";

const work = await bundled(new URL("many-agents.ts", import.meta.url));
const { status } = spawnSync(process.execPath, [work, ...process.argv.slice(2)], {
  stdio: "inherit",
});
process.exitCode = status ?? 1;
