/** What the engine asks of its host: a clock, a time zone, memory, and calls. It has no files, no network, no exit. */
import type { WasmImports, WasmMemory } from "./wasm.ts";

/** The address of a value, a text, a context or a runtime in the engine's memory. */
export type Pointer = number;

/** What an engine asks of whoever uses it. */
export interface EngineOwner {
  /** Called when the fuel is spent, many times a second; throws to end what runs. */
  tick(): void;
  /** Serves a call from inside; gives the address of the result. */
  callHost(context: Pointer, count: number, args: Pointer): Pointer;
  /** Whether the memory may grow by so many bytes. */
  mayGrow(bytes: number): boolean;
}

/** What the imports use of their engine. */
interface ImportingEngine {
  readonly functions: { readonly fuel: { value: number } };
  /** The memory; another array after it has grown. */
  readonly bytes: Buffer;
  readonly owner: EngineOwner | undefined;
  /** Makes room for so many bytes in all. */
  grow(bytes: number): boolean;
  /** The text at an address. */
  read(at: Pointer): string;
}

/** What one call of the functions below costs, in turns of a loop. */
const callCost = 200;

/** "Not supported", and "no such file" of WASI. */
const [notSupported, badFile] = [52, 8];

/** The imports of one engine. */
export function makeImports(engine: ImportingEngine, memory: WasmMemory): WasmImports {
  const spend = (): void => {
    engine.functions.fuel.value -= callCost;
  };
  const stop = (what: string): never => {
    throw new Error(`the engine stopped: ${what}`);
  };
  return {
    host: {
      memory,
      tick: () => engine.owner?.tick(),
      callHost: (context: Pointer, _self: Pointer, count: number, args: Pointer) =>
        engine.owner?.callHost(context, count, args) ?? 0,
      resizeHeap: (bytes: number) => Number(engine.grow(bytes >>> 0)),
      now: () => (spend(), Date.now()),
      localTime: (seconds: bigint, at: Pointer) => (spend(), writeLocalTime(engine.bytes, Number(seconds), at)),
      timeZone: (offset: Pointer, daylight: Pointer, name: Pointer, summerName: Pointer) =>
        writeTimeZone(engine.bytes, offset, daylight, [name, summerName]),
      assertFailed: (text: Pointer) => stop(engine.read(text)),
      abort: () => stop("abort"),
      exit: () => stop("exit"),
      fdWrite: () => notSupported,
      fdClose: () => notSupported,
      fdSeek: () => badFile,
      environGet: () => 0,
      environSizes: (count: Pointer, bytes: Pointer) => {
        engine.bytes.writeInt32LE(0, count);
        engine.bytes.writeInt32LE(0, bytes);
        return 0;
      },
      // The engine never gets modules or references to host objects, and is ended by its fuel.
      normalizeModule: () => 0,
      loadModule: () => 0,
      shouldInterrupt: () => 0,
      freeHostRef: () => undefined,
      setTimer: () => 0,
      keepAlive: () => undefined,
    },
  };
}

/** A `struct tm` of the host's time zone. */
function writeLocalTime(bytes: Buffer, seconds: number, at: Pointer): void {
  const date = new Date(seconds * 1000);
  const year = date.getFullYear();
  const [winter, summer] = offsetsOf(year);
  const offset = date.getTimezoneOffset();
  const dayOfYear = Math.round((Date.UTC(year, date.getMonth(), date.getDate()) - Date.UTC(year, 0, 1)) / 86_400_000);
  const isSummer = winter !== summer && offset === Math.min(winter, summer);
  [
    ...[date.getSeconds(), date.getMinutes(), date.getHours(), date.getDate(), date.getMonth(), year - 1900],
    ...[date.getDay(), dayOfYear, Number(isSummer), -60 * offset],
  ].forEach((field, index) => bytes.writeInt32LE(field | 0, at + 4 * index));
}

function writeTimeZone(bytes: Buffer, offset: Pointer, daylight: Pointer, names: readonly [Pointer, Pointer]): void {
  const zones = offsetsOf(new Date().getFullYear());
  const [summer, winter] = [Math.min(...zones), Math.max(...zones)];
  bytes.writeInt32LE(60 * winter, offset);
  bytes.writeInt32LE(Number(winter !== summer), daylight);
  bytes.write(`${zoneName(winter)}\0`, names[0]);
  bytes.write(`${zoneName(summer)}\0`, names[1]);
}

/** The offsets in January and in July, in minutes west of UTC. */
function offsetsOf(year: number): readonly [number, number] {
  return [new Date(year, 0, 1).getTimezoneOffset(), new Date(year, 6, 1).getTimezoneOffset()];
}

function zoneName(minutesWest: number): string {
  const [hours, minutes] = [Math.floor(Math.abs(minutesWest) / 60), Math.abs(minutesWest) % 60];
  const two = (part: number): string => String(part).padStart(2, "0");
  return `UTC${minutesWest >= 0 ? "-" : "+"}${two(hours)}${two(minutes)}`;
}
