/**
 * Makes src/sandbox/beginning.bin, the memory that every QuickJS world begins with: the engine with the guest's text
 * run. Made here and not at run time, since that takes longer than all else that a first call does. Run it
 * (`npm run build:beginning`) when the engine or the guest's text changes. With `--check` it only compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Beginning, packBeginning, unpackBeginning } from "../src/sandbox/beginning.ts";
import { Engine } from "../src/sandbox/engine.ts";
import type { Pointer } from "../src/sandbox/engine-imports.ts";
import { guestSource } from "../src/sandbox/guest.ts";
import { seedingSource } from "../src/sandbox/random.ts";

const target = resolve(import.meta.dirname, "../src/sandbox/beginning.bin");

function makeBeginning(): Beginning {
  const engine = new Engine();
  const { functions } = engine;
  functions.fuel.value = 2 ** 31 - 1;
  functions.initialize();
  const runtime = functions.newRuntime();
  const context = functions.newContext(runtime, 0);
  const evaluate = (source: string): Pointer => {
    const [text, file] = [engine.write(source), engine.write("sandbox.js")];
    const value = functions.evaluate(context, text.at, text.length, file.at, 0, 0);
    if (functions.resolveException(context, value) !== 0) throw new Error("the guest's text does not run");
    for (const { at } of [text, file]) functions.free(at);
    return value;
  };
  const list = functions.malloc(8);
  const make = evaluate(guestSource());
  const host = functions.newFunction(context, engine.write("host").at, 4, 0, 1);
  for (const [index, value] of [host, evaluate(seedingSource)].entries()) {
    engine.bytes.writeUInt32LE(value, list + 4 * index);
  }
  const guest = functions.call(context, make, functions.getUndefined(), 2, list);
  if (functions.resolveException(context, guest) !== 0) throw new Error("the guest does not start");
  const partOf = (name: string): Pointer =>
    functions.getProp(context, guest, functions.newString(context, engine.write(name).at));
  const parts = { define: partOf("define"), answer: partOf("answer"), swapDraws: partOf("swapDraws") };
  return { snapshot: engine.takeSnapshot(), pointers: { runtime, context, ...parts } };
}

// The engine reads the clock when it starts, and the same text must give the same bytes.
Date.now = () => 0;
const beginning = makeBeginning();
if (!process.argv.includes("--check")) writeFileSync(target, packBeginning(beginning));
else {
  const { pointers, snapshot } = unpackBeginning(readFileSync(target));
  const isSame = [snapshot.statics, snapshot.heap].every((bytes, at) =>
    Buffer.from(bytes).equals([beginning.snapshot.statics, beginning.snapshot.heap][at] as Uint8Array),
  );
  if (!isSame || JSON.stringify(pointers) !== JSON.stringify(beginning.pointers)) {
    throw new Error(`${target} is not what the engine and the guest's text make. Run: npm run build:beginning`);
  }
}
