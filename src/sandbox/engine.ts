/** Loads the QuickJS WebAssembly module, and keeps spares: a module that crashed cannot be trusted again. */
import type { QuickJSSyncVariant, QuickJSWASMModule } from "quickjs-emscripten-core";
import { messageOf } from "../util/errors.ts";
import { SandboxError } from "./errors.ts";

/** A loaded module; all worlds on it share its memory and its fate. */
export interface Engine {
  readonly module: QuickJSWASMModule;
  /** Set when the module trapped or ran out of the host's stack. Nothing may be called on it any more. */
  broken: boolean;
}

const SPARES = 2;

/** A supply of engines: one in use, and spares, because a synchronous call cannot wait for another one to load. */
export class EngineSupply {
  #current: Engine | undefined;
  readonly #spares: Engine[] = [];
  #loading: Promise<void> | undefined;
  #refilling = false;

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
   * The engine in use, or the next spare when that one is broken.
   * @throws SandboxError `"sandbox-not-ready"`
   */
  take(): Engine {
    if (this.#current && !this.#current.broken) return this.#current;
    this.#current = this.#spares.shift();
    void this.#refill();
    if (this.#current) return this.#current;
    throw new SandboxError("sandbox-not-ready", "the sandbox engine is not loaded; await `sandbox.load()` first");
  }

  async #load(): Promise<void> {
    try {
      this.#current = await loadEngine();
    } catch (error) {
      throw new SandboxError("sandbox-failed-to-load", `the QuickJS engine does not load: ${messageOf(error)}`);
    }
    void this.#refill();
  }

  async #refill(): Promise<void> {
    if (this.#refilling) return;
    this.#refilling = true;
    try {
      while (this.#spares.length < SPARES) this.#spares.push(await loadEngine());
    } catch {
      // Without a spare the sandbox still works; `take` says so when one is missed.
    } finally {
      this.#refilling = false;
    }
  }
}

async function loadEngine(): Promise<Engine> {
  const core = await import("quickjs-emscripten-core");
  const loaded = (await import("@jitl/quickjs-wasmfile-release-sync")).default as
    | QuickJSSyncVariant
    | { readonly default: QuickJSSyncVariant };
  const variant = "default" in loaded ? loaded.default : loaded;
  return { module: await core.newQuickJSWASMModuleFromVariant(variant), broken: false };
}
