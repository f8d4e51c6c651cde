/** The Python implementation, OpenTrace, beside ours: for the report only, and only where it is installed. */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Measure } from "./process.ts";

const run = promisify(execFile);

/** How many times longer OpenTrace takes, by round. */
export interface Peer {
  readonly call: readonly number[];
  readonly backward: readonly number[];
}

/** Measures both in turn. `python` is an interpreter that can import `opto` (`pip install trace-opt`). */
export async function besideOpenTrace(python: string, measure: Measure, rounds: number): Promise<Peer> {
  const call: number[] = [];
  const backward: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { stdout } = await run(python, [fileURLToPath(new URL("opentrace.py", import.meta.url))]);
    const theirs = JSON.parse(stdout) as { readonly call_ns: number; readonly backward_ms: number };
    call.push(theirs.call_ns / (await measure("operatorRetained", 10_000)));
    backward.push(theirs.backward_ms / (await measure("backward", 3_000)));
  }
  return { call, backward };
}
