/** The memory that every QuickJS world begins with, as a file: scripts/build-beginning.ts makes it. */
import { readFileSync } from "node:fs";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { packageFile } from "../util/home.ts";
import type { Snapshot } from "./engine.ts";
import type { Pointer } from "./engine-imports.ts";

/** Where the parts of the guest are in the memory. */
export interface GuestPointers {
  readonly runtime: Pointer;
  readonly context: Pointer;
  readonly define: Pointer;
  readonly answer: Pointer;
  readonly swapDraws: Pointer;
}

/** A memory in which the guest is ready. */
export interface Beginning {
  readonly snapshot: Snapshot;
  readonly pointers: GuestPointers;
}

/** What stands in front of the memory. */
interface BeginningHead {
  readonly pointers: GuestPointers;
  /** How many of the bytes are static data. */
  readonly staticBytes: number;
}

let known: Beginning | undefined;

/** The beginning; read at the first use, which takes a few milliseconds. */
export function readBeginning(): Beginning {
  known ??= unpackBeginning(readFileSync(packageFile("sandbox/beginning.bin")));
  return known;
}

/** A beginning as the bytes of a file: a line of JSON, and the compressed memory. */
export function packBeginning({ snapshot: { statics, heap }, pointers }: Beginning): Buffer {
  const head: BeginningHead = { pointers, staticBytes: statics.length };
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(head)}\n`),
    deflateRawSync(Buffer.concat([statics, heap]), { level: 9 }),
  ]);
}

/** The beginning in the bytes of a file. */
export function unpackBeginning(bytes: Buffer): Beginning {
  const end = bytes.indexOf("\n");
  const { pointers, staticBytes } = JSON.parse(bytes.toString("utf8", 0, end)) as BeginningHead;
  const memory = inflateRawSync(bytes.subarray(end + 1));
  return {
    pointers,
    snapshot: { statics: memory.subarray(0, staticBytes), heap: memory.subarray(staticBytes) },
  };
}
