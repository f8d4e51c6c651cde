/** The engines of one sandbox: those that are free, and the memory that each world begins with. */
import { Engine, type Snapshot } from "./engine.ts";
import type { EngineOwner, Pointer } from "./engine-imports.ts";
import { guestSource } from "./guest.ts";
import { MAX_TRANSFER } from "./marshal.ts";
import { seedingSource } from "./random.ts";

/** What one world may use, in bytes. */
export interface WorldLimits {
  readonly memoryBytes: number;
  readonly stackBytes: number;
}

/** A memory in which the guest is ready, and where its parts are. */
export interface Beginning {
  readonly snapshot: Snapshot;
  readonly runtime: Pointer;
  readonly context: Pointer;
  readonly define: Pointer;
  readonly answer: Pointer;
  readonly swapDraws: Pointer;
}

/** How many engines wait for the next world. */
const maxIdle = 16;

/** A supply of engines with one beginning. */
export class Engines {
  readonly limits: WorldLimits;
  readonly #idle: Engine[] = [];
  #beginning: Beginning | undefined;

  constructor(limits: WorldLimits) {
    this.limits = limits;
  }

  /** What each world begins with; made at the first use, which takes a few milliseconds. */
  get beginning(): Beginning {
    this.#beginning ??= this.#begin();
    return this.#beginning;
  }

  /** An engine at its beginning. */
  take(owner: EngineOwner): Engine {
    const { snapshot } = this.beginning;
    const engine = this.#idle.pop() ?? new Engine();
    engine.restore(snapshot);
    engine.owner = owner;
    return engine;
  }

  /** Keeps an engine for the next world, whatever state it is in. */
  giveBack(engine: Engine): void {
    engine.owner = undefined;
    if (!engine.grown && this.#idle.length < maxIdle) this.#idle.push(engine);
  }

  #begin(): Beginning {
    const engine = new Engine();
    const { functions } = engine;
    functions.fuel.value = 2 ** 31 - 1;
    functions.initialize();
    const runtime = functions.newRuntime();
    functions.setMemoryLimit(runtime, this.limits.memoryBytes);
    functions.setMaxStackSize(runtime, this.limits.stackBytes);
    const context = functions.newContext(runtime, 0);
    const evaluate = (source: string): Pointer => {
      const text = engine.write(source);
      const file = engine.write("sandbox.js");
      const value = functions.evaluate(context, text.at, text.length, file.at, 0, 0);
      if (functions.resolveException(context, value) !== 0) throw new Error("the guest's text does not run");
      functions.free(text.at);
      functions.free(file.at);
      return value;
    };
    const make = evaluate(guestSource());
    const list = functions.malloc(12);
    engine.bytes.writeUInt32LE(functions.newFunction(context, engine.write("host").at, 4, 0, 1), list);
    engine.bytes.writeUInt32LE(evaluate(String(MAX_TRANSFER)), list + 4);
    engine.bytes.writeUInt32LE(evaluate(seedingSource), list + 8);
    const guest = functions.call(context, make, functions.getUndefined(), 3, list);
    if (functions.resolveException(context, guest) !== 0) throw new Error("the guest does not start");
    const partOf = (name: string): Pointer => {
      const key = functions.newString(context, engine.write(name).at);
      return functions.getProp(context, guest, key);
    };
    const parts = { define: partOf("define"), answer: partOf("answer"), swapDraws: partOf("swapDraws") };
    this.#idle.push(engine);
    return { snapshot: engine.takeSnapshot(), runtime, context, ...parts };
  }
}
