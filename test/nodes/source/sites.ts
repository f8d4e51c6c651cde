/** Call sites in texts, for the tests of this folder: `§` marks the place of the call. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { CallSite } from "../../../src/nodes/source/call-site.ts";
import { recoverSource } from "../../../src/nodes/source/recover.ts";
import type { RecoveredSource } from "../../../src/nodes/source/recovered-source.ts";

/** Where the texts are written; it goes when the test file is done. */
export const folder = mkdtempSync(join(tmpdir(), "tracegrad-source-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A call site that stands where `§` is in the text, which is written to a file. */
export function siteIn(marked: string, file = join(folder, `file-${files++}.ts`)): CallSite {
  const before = marked.slice(0, marked.indexOf("§")).split("\n");
  writeFileSync(file, marked.replace("§", ""));
  return siteAt(file, before.length, (before.at(-1)?.length ?? 0) + 1);
}

/** The call site that a stack trace gives: of the function that takes it, and of one caller. */
export const siteAt = (file: string, line: number, column: number): CallSite => ({
  trace: { stack: `Error: call site\n    at captureCallSite (${taker}:1:1)\n    at ${file}:${line}:${column}` },
});

const taker = new URL("../../../src/nodes/source/call-site.ts", import.meta.url).href;

/** What is recovered of a function when the text holds the call that wraps it. */
export function recoverFunction(marked: string, fn: Function, name?: string): RecoveredSource {
  return recoverSource({ fn, kind: "function", site: siteIn(marked), ...(name === undefined ? {} : { name }) });
}

/** What is recovered of a method when the text holds its decorator. */
export function recoverMethod(marked: string, fn: Function, name: string): RecoveredSource {
  return recoverSource({ fn, kind: "method", site: siteIn(marked), name });
}

/** A running function from JavaScript text, as a compiler would leave it of the TypeScript in the test. */
export const running = (text: string): Function => new Function(`return (${text});`)() as Function;
