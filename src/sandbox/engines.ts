/** The engines of one sandbox: those that are free, and how each is made ready for the next world. */
import { readBeginning } from "./beginning.ts";
import { Engine } from "./engine.ts";
import type { EngineOwner } from "./engine-imports.ts";
import type { TransferLimits } from "./options.ts";

/** What one world may use, and what may pass its border. */
export interface WorldLimits {
  readonly memoryBytes: number;
  readonly stackBytes: number;
  readonly transfer: TransferLimits;
}

/** How many engines wait for the next world. */
const maxIdle = 16;

/** A supply of engines. */
export class Engines {
  readonly limits: WorldLimits;
  readonly #idle: Engine[] = [];

  constructor(limits: WorldLimits) {
    this.limits = limits;
  }

  /** An engine at its beginning, with the limits. */
  take(owner: EngineOwner): Engine {
    const { snapshot, pointers } = readBeginning();
    const { memoryBytes, stackBytes } = this.limits;
    const engine = this.#idle.pop() ?? new Engine();
    engine.restore(snapshot);
    engine.owner = owner;
    engine.functions.setMemoryLimit(pointers.runtime, memoryBytes);
    engine.functions.setMaxStackSize(pointers.runtime, stackBytes);
    return engine;
  }

  /** Keeps an engine for the next world, whatever state it is in. */
  giveBack(engine: Engine): void {
    engine.owner = undefined;
    if (!engine.grown && this.#idle.length < maxIdle) this.#idle.push(engine);
  }
}
