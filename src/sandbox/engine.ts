/**
 * QuickJS as one WebAssembly instance: its memory, which a snapshot puts back, and its fuel, which ends whatever runs
 * in it.
 */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { packageFile } from "../util/home.ts";
import { type EngineOwner, makeImports, type Pointer } from "./engine-imports.ts";
import { compileWasm, compileWasmNow, instantiateWasm, WasmMemory, type WasmModule } from "./wasm.ts";

/** The functions of the engine, under the names that scripts/build-engine.ts gives them. */
export interface EngineFunctions {
  readonly fuel: { value: number };
  readonly stackPointer: { value: number };
  initialize(): void;
  malloc(bytes: number): Pointer;
  free(at: Pointer): void;
  newRuntime(): Pointer;
  setMemoryLimit(runtime: Pointer, bytes: number): void;
  setMaxStackSize(runtime: Pointer, bytes: number): void;
  newContext(runtime: Pointer, intrinsics: number): Pointer;
  evaluate(context: Pointer, text: Pointer, bytes: number, file: Pointer, isModule: number, flags: number): Pointer;
  call(context: Pointer, fn: Pointer, self: Pointer, count: number, args: Pointer): Pointer;
  /** The error of a result, or 0 when it is none. */
  resolveException(context: Pointer, result: Pointer): Pointer;
  getProp(context: Pointer, object: Pointer, key: Pointer): Pointer;
  typeOf(context: Pointer, value: Pointer): Pointer;
  newString(context: Pointer, text: Pointer): Pointer;
  getString(context: Pointer, value: Pointer): Pointer;
  freeCString(context: Pointer, text: Pointer): void;
  freeValue(context: Pointer, value: Pointer): void;
  dupValue(context: Pointer, value: Pointer): Pointer;
  getUndefined(): Pointer;
  newFunction(context: Pointer, name: Pointer, params: number, isConstructor: number, id: number): Pointer;
  argumentAt(args: Pointer, index: number): Pointer;
  executePendingJob(runtime: Pointer, max: number, context: Pointer): Pointer;
}

/** What an engine's memory holds. Good for every engine. */
export interface Snapshot {
  readonly statics: Uint8Array;
  readonly heap: Uint8Array;
}

/** The module is built for this memory, in pages of 64 KiB. */
const pages = { initial: 256, maximum: 32_768 };
const pageBytes = 65_536;
/** Its stack ends where the heap begins; what is below the stack are its static data. */
const stackBytes = 5 * 2 ** 20;

let compiled: WasmModule | undefined;

/** Compiles the code away from this thread, so that {@link engineModule} need not. */
export async function loadEngineModule(): Promise<void> {
  compiled ??= await compileWasm(await readFile(packageFile("sandbox/engine.wasm")));
}

/** The compiled code, compiled now if need be; other threads can share it. */
export function engineModule(): WasmModule {
  compiled ??= compileWasmNow(readFileSync(packageFile("sandbox/engine.wasm")));
  return compiled;
}

/** Saves the compilation where another thread has done it. */
export function adoptEngineModule(module: WasmModule): void {
  compiled ??= module;
}

/** One instance. After an exception has left it, only {@link restore} makes it usable again. */
export class Engine {
  readonly functions: EngineFunctions;
  readonly #memory: WasmMemory = new WasmMemory(pages);
  readonly #heapStart: number;
  #bytes: Buffer;
  owner: EngineOwner | undefined;

  constructor() {
    this.#bytes = Buffer.from(this.#memory.buffer);
    this.functions = instantiateWasm(engineModule(), makeImports(this, this.#memory)) as unknown as EngineFunctions;
    this.#heapStart = this.functions.stackPointer.value;
  }

  /** True once the memory has grown. It never shrinks, so such an engine is left to the garbage collector. */
  get grown(): boolean {
    return this.#memory.buffer.byteLength > pages.initial * pageBytes;
  }

  /** The memory; another array after it has grown. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Grows the memory to hold `wanted` bytes, and some more; false when its owner or the machine refuses. */
  grow(wanted: number): boolean {
    const now = this.#memory.buffer.byteLength;
    for (const room of [0.2, 0]) {
      const more = Math.ceil((wanted - now + now * room) / pageBytes);
      if (now / pageBytes + more > pages.maximum || this.owner?.mayGrow(more * pageBytes) === false) continue;
      try {
        this.#memory.grow(more);
        this.#bytes = Buffer.from(this.#memory.buffer);
        return true;
      } catch {
        // The machine has no more.
      }
    }
    return false;
  }

  /** Copies a text into the memory, with a zero behind it. Gives its address, and its length in bytes. */
  write(text: string): { readonly at: Pointer; readonly length: number } {
    const length = Buffer.byteLength(text);
    const at = this.functions.malloc(length + 1);
    if (at === 0) throw new RangeError("the engine has no memory for a text");
    this.#bytes.write(text, at, length, "utf8");
    this.#bytes[at + length] = 0;
    return { at, length };
  }

  /** The text at an address, up to the first zero. */
  read(at: Pointer): string {
    return this.#bytes.toString("utf8", at, this.#bytes.indexOf(0, at));
  }

  /** What is in the memory now, apart from the stack, which holds nothing between two calls. */
  takeSnapshot(): Snapshot {
    const empty = Buffer.alloc(pageBytes);
    let end = this.#bytes.length;
    // Whole pages first: byte by byte, the empty part of the memory would take longer than all else at the start.
    while (this.#bytes.compare(empty, 0, pageBytes, end - pageBytes, end) === 0) end -= pageBytes;
    while (this.#bytes[end - 1] === 0) end--;
    return {
      statics: new Uint8Array(this.#bytes.subarray(0, this.#heapStart - stackBytes)),
      heap: new Uint8Array(this.#bytes.subarray(this.#heapStart, Math.ceil((end + 1) / 16) * 16)),
    };
  }

  /** Makes the memory what it was when the snapshot was taken. What lies behind it belongs to nobody. */
  restore({ statics, heap }: Snapshot): void {
    this.#bytes.set(statics, 0);
    this.#bytes.set(heap, this.#heapStart);
    this.functions.stackPointer.value = this.#heapStart;
  }
}
