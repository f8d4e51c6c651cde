/** Runs the main function of an example: an error of tracegrad is printed as a sentence, and any other one with its stack. */

import { TracegradError } from "tracegrad";
import { styled } from "./print.ts";

/** Runs `main`. The process ends with code 1 where an error of tracegrad ended it. */
export async function runMain(main: () => unknown): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof TracegradError)) throw error;
    console.error(styled("red", error.message));
    process.exitCode = 1;
  }
}
