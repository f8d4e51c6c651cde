/**
 * Loads the QuickJS WebAssembly module, counts the memory it takes, and keeps spares: what crashed is not trusted
 * again.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { EmscriptenModuleLoaderOptions, QuickJSSyncVariant, QuickJSWASMModule } from "quickjs-emscripten-core";
import { messageOf } from "../util/errors.ts";
import { SandboxError } from "./errors.ts";

/** What is used of WebAssembly, which the types of Node do not declare. */
interface Wasm {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  Instance: new (module: WasmModule, imports: unknown) => { readonly exports: Record<string, never> };
  Memory: new (pages: { initial: number; maximum: number }) => WasmMemory;
}

/** Compiled code; it can be posted to other threads. */
export type WasmModule = object;

interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const wasm: Wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;

/** A loaded module; all worlds on it share its memory and its fate. */
export interface Engine {
  readonly module: QuickJSWASMModule;
  readonly memory: WasmMemory;
  /** Set when the module trapped or ran out of the host's stack. Nothing may be called on it any more. */
  broken: boolean;
  /**
   * Asked before the memory grows, with the bytes; the world that is running answers. QuickJS's own limit counts only
   * the largest single piece when it is built for WebAssembly, so this is the limit that holds.
   */
  mayGrow: (bytes: number) => boolean;
}

const SPARES = 2;
const PAGE = 65_536;
/** The module is built for a memory of this size at first and at most, in pages. */
const PAGES = { initial: 256, maximum: 32_768 };

/** A supply of engines: one in use, and spares, because a synchronous call cannot wait for another one to load. */
export class EngineSupply {
  readonly #memoryBytes: number;
  #compiled: WasmModule | undefined;
  #current: Engine | undefined;
  readonly #spares: Engine[] = [];
  #loading: Promise<void> | undefined;
  #refilling = false;

  /** `compiled` saves the compilation where another thread has done it. */
  constructor(memoryBytes: number, compiled?: WasmModule) {
    this.#memoryBytes = memoryBytes;
    this.#compiled = compiled;
  }

  /** The compiled code, which other threads can share; undefined until the first load. */
  get compiled(): WasmModule | undefined {
    return this.#compiled;
  }

  /** True when {@link take} gives an engine. */
  get ready(): boolean {
    return (this.#current !== undefined && !this.#current.broken) || this.#spares.length > 0;
  }

  /**
   * Loads an engine unless one is there. Concurrent calls share one load; after a failure the next call tries again.
   * @throws SandboxError `"sandbox-failed-to-load"`
   */
  load(): Promise<void> {
    if (this.ready) return Promise.resolve();
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    // Whoever started the load in the background does not wait for it, and must not be struck by its failure.
    this.#loading.catch(() => undefined);
    return this.#loading;
  }

  /**
   * The engine in use, or the next spare when that one is broken or has grown too large to keep.
   * @throws SandboxError `"sandbox-not-ready"`
   */
  take(): Engine {
    const current = this.#current;
    // WebAssembly memory never shrinks, so an engine that was filled once is left to the garbage collector.
    const worn = current && current.memory.buffer.byteLength > PAGES.initial * PAGE + this.#memoryBytes;
    if (current && !current.broken && !(worn && this.#spares.length > 0)) return current;
    this.#current = this.#spares.shift();
    void this.#refill();
    if (this.#current) return this.#current;
    throw new SandboxError("sandbox-not-ready", "the sandbox engine is not loaded; await `sandbox.load()` first");
  }

  async #load(): Promise<void> {
    try {
      this.#compiled ??= await compile();
      this.#current = await instantiate(this.#compiled);
      await this.#refill();
    } catch (error) {
      throw new SandboxError("sandbox-failed-to-load", `the QuickJS engine does not load: ${messageOf(error)}`);
    }
  }

  async #refill(): Promise<void> {
    if (this.#refilling || !this.#compiled) return;
    this.#refilling = true;
    try {
      while (this.#spares.length < SPARES) this.#spares.push(await instantiate(this.#compiled));
    } catch {
      // Without a spare the sandbox still works; `take` says so when one is missed.
    } finally {
      this.#refilling = false;
    }
  }
}

async function compile(): Promise<WasmModule> {
  const file = createRequire(import.meta.url).resolve("@jitl/quickjs-wasmfile-release-sync/wasm");
  return await wasm.compile(await readFile(file));
}

/** Needs no more than microtasks once the packages are imported, so that spares are refilled inside busy code too. */
async function instantiate(compiled: WasmModule): Promise<Engine> {
  const core = await import("quickjs-emscripten-core");
  const loaded = (await import("@jitl/quickjs-wasmfile-release-sync")).default as
    | QuickJSSyncVariant
    | { readonly default: QuickJSSyncVariant };
  const memory = new wasm.Memory(PAGES);
  const options: EmscriptenModuleLoaderOptions & { printErr(line: string): void } = {
    instantiateWasm: (imports, onSuccess) => {
      const instance = new wasm.Instance(compiled, imports);
      onSuccess(instance);
      return instance.exports;
    },
    // What the module prints when it aborts is in the error, too.
    printErr: () => undefined,
  };
  const base = "default" in loaded ? loaded.default : loaded;
  const variant = core.newVariant(base, { wasmMemory: memory, emscriptenModule: options });
  const module = await core.newQuickJSWASMModuleFromVariant(variant);
  const engine: Engine = { module, memory, broken: false, mayGrow: () => true };
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (!engine.mayGrow(pages * PAGE)) throw new RangeError("the sandbox's memory limit is reached");
    return grow(pages);
  };
  return engine;
}
