/**
 * Makes src/sandbox/engine.wasm from the QuickJS build of a package, so that nothing it does can go on without end:
 * each turn of a loop and each block of memory it moves spends fuel, and when the fuel is spent it calls `tick`, which
 * gives more or throws. Run by hand (`npm run build:engine`) when the version changes; the packages are installed into
 * a temporary folder. With `--check` it only compares.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const packages = ["@jitl/quickjs-wasmfile-release-sync@0.32.0", "binaryen@132.0.0"];
const target = resolve(import.meta.dirname, "../src/sandbox/engine.wasm");

/** What is used of binaryen. */
interface Binaryen {
  readonly Features: Readonly<Record<string, number>>;
  readBinary(bytes: Uint8Array): BinaryenModule;
  parseText(text: string): BinaryenModule;
  setOptimizeLevel(level: number): void;
  setShrinkLevel(level: number): void;
}

interface BinaryenModule {
  emitText(): string;
  emitBinary(): Uint8Array;
  setFeatures(features: number): void;
  validate(): number;
  optimize(): void;
}

/** What is used of the module, by the short names that its own loader gives; `u` starts its C++ parts. */
const exports: Readonly<Record<string, string>> = {
  u: "initialize",
  v: "malloc",
  M: "free",
  K: "newRuntime",
  y: "setMemoryLimit",
  D: "setMaxStackSize",
  N: "newContext",
  pa: "evaluate",
  ma: "call",
  na: "resolveException",
  ha: "getProp",
  ra: "typeOf",
  _: "newString",
  $: "getString",
  Z: "getFloat64",
  Y: "newFloat64",
  S: "freeCString",
  P: "freeValue",
  T: "dupValue",
  E: "getUndefined",
  Da: "newFunction",
  Ea: "argumentAt",
  ga: "executePendingJob",
};

const imports: Readonly<Record<string, string>> = {
  a: "memory",
  b: "assertFailed",
  c: "fdWrite",
  d: "fdClose",
  e: "environGet",
  f: "environSizes",
  g: "normalizeModule",
  h: "loadModule",
  i: "shouldInterrupt",
  j: "setTimer",
  k: "resizeHeap",
  l: "keepAlive",
  m: "localTime",
  n: "timeZone",
  o: "fdSeek",
  p: "now",
  q: "abort",
  r: "exit",
  s: "callHost",
  t: "freeHostRef",
};

/** A turn of a loop. */
const turn = `(global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
(if (i32.lt_s (global.get $fuel) (i32.const 0)) (then (call $tick)))`;

/** A block of memory costs a turn for each 64 bytes, before it is moved. */
const block = (name: string, operation: string): string => `(func $${name} (param i32 i32 i32)
 (global.set $fuel (i32.sub (global.get $fuel) (i32.shr_u (local.get 2) (i32.const 6))))
 (if (i32.lt_s (global.get $fuel) (i32.const 0)) (then (call $tick)))
 (${operation} (local.get 0) (local.get 1) (local.get 2)))`;

/** The text of the module with what spends fuel, in which each loop is given as `(loop $label`. */
function meter(text: string): string {
  const heads = ` (import "host" "tick" (func $tick))\n (global $fuel (mut i32) (i32.const 0))`;
  const metered = text
    .replaceAll("(memory.copy", "(call $copy")
    .replaceAll("(memory.fill", "(call $fill")
    .replace(/\(loop( \$\S+)?( \(result [^)]*\))?/g, (head) => `${head} ${turn}`)
    .replace(/\(import "a" "(\w)"/g, (_, name: string) => `(import "host" "${imports[name]}"`)
    .replace(/\n \(export "([\w$]+)" \(func (\$\d+)\)\)/g, (_, name: string, fn: string) =>
      name in exports ? `\n (export "${exports[name]}" (func ${fn}))` : "",
    );
  const globals = ` (export "fuel" (global $fuel))\n (export "stackPointer" (global $global$0))`;
  const blocks = `${block("copy", "memory.copy")}\n${block("fill", "memory.fill")}`;
  const at = metered.indexOf(" (global $global$0 ");
  const end = metered.lastIndexOf(")");
  return `${metered.slice(0, at)}${heads}\n${globals}\n${metered.slice(at, end)}\n${blocks}\n)`;
}

async function build(folder: string): Promise<Uint8Array> {
  execFileSync("npm", ["install", "--no-save", "--ignore-scripts", "--silent", "--prefix", folder, ...packages]);
  const { resolve: find } = createRequire(join(folder, "package.json"));
  const { default: binaryen } = (await import(find("binaryen"))) as { readonly default: Binaryen };
  const source = binaryen.readBinary(readFileSync(find("@jitl/quickjs-wasmfile-release-sync/wasm")));
  const module = binaryen.parseText(meter(source.emitText()));
  // No more than Node 20 has.
  const features = ["BulkMemory", "BulkMemoryOpt", "MutableGlobals", "SignExt", "NontrappingFPToInt"];
  module.setFeatures(features.reduce((all, name) => all | (binaryen.Features[name] as number), 0));
  if (module.validate() !== 1) throw new Error("the metered module is not valid");
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  module.optimize();
  return module.emitBinary();
}

const folder = mkdtempSync(join(tmpdir(), "tracegrad-engine-"));
try {
  const bytes = await build(folder);
  if (!process.argv.includes("--check")) writeFileSync(target, bytes);
  else if (!readFileSync(target).equals(bytes)) throw new Error(`${target} is not what this script makes`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
