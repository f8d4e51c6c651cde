/** `tracegrad demo`: replays a recorded run in which a prompt is learned, from the package alone. */

import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { exitCodes, type Terminal } from "../terminal.ts";

/** What is used of examples/prompt/demo.ts: a program like a user's, which takes the package by its name. */
interface PromptDemo {
  loadRecordedModels(): unknown;
  runDemo(
    models: unknown,
    options: {
      readonly out: string;
      readonly print: (text: string) => void;
      readonly next: (report: string) => readonly (readonly [what: string, why: string])[];
    },
  ): Promise<void>;
}

/** An entry of `imports` in package.json: the source of the example, or what the build makes of it. */
const example: string = "#demo";

/** `tracegrad demo`. */
export async function demoCommand({ folder }: { readonly folder: string }, terminal: Terminal): Promise<number> {
  const { loadRecordedModels, runDemo } = (await import(example)) as PromptDemo;
  const readme = relative(
    process.cwd(),
    fileURLToPath(new URL("README.md", import.meta.resolve("tracegrad/package.json"))),
  );
  await runDemo(loadRecordedModels(), {
    out: folder,
    print: (text) => void terminal.out.write(`${text}\n`),
    next: () => [
      [`npx tracegrad view ${folder}`, "the report in the browser: every answer with its score"],
      [`npx tracegrad diff ${folder}@0 ${folder}`, "what was learned, as the values of the parameters"],
      [readme, "your own program: the first block, then The whole loop"],
    ],
  });
  return exitCodes.ok;
}
