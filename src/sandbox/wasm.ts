/** What is used of WebAssembly, which the types of Node do not declare. */

/** Compiled code; it can be posted to other threads. */
export type WasmModule = object;

/** A linear memory. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Throws a RangeError where the machine has no more. */
  grow(pages: number): number;
}

interface WebAssembly {
  readonly compile: (bytes: Uint8Array) => Promise<WasmModule>;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: object };
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => WasmMemory;
}

/** Functions and memories by module and name. */
export type WasmImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const { compile, Module, Instance, Memory } = (globalThis as unknown as { readonly WebAssembly: WebAssembly })
  .WebAssembly;

/** Makes a memory of so many pages of 64 KiB. */
export const WasmMemory: WebAssembly["Memory"] = Memory;

/** Compiles a module in the background. */
export function compileWasm(bytes: Uint8Array): Promise<WasmModule> {
  return compile(bytes);
}

/** Compiles a module in this thread. */
export function compileWasmNow(bytes: Uint8Array): WasmModule {
  return new Module(bytes);
}

/** Runs a module; gives what it exports. */
export function instantiateWasm(module: WasmModule, imports: WasmImports): object {
  return new Instance(module, imports).exports;
}
