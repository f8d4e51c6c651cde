/** The messages between the host and the threads that run asynchronous programs. Types only. */

import type { WasmModule } from "./engine.ts";
import type { RandomStates } from "./random.ts";
import type { Unit } from "./unit.ts";
import type { VmLimits } from "./vm.ts";

/** What a thread is given at its start. */
export interface ThreadData {
  readonly limits: VmLimits;
  readonly logs: boolean;
  /** The compiled engine. */
  readonly compiled: WasmModule | undefined;
  /** One Int32: the number of the call that is running this very moment, or 0. */
  readonly current: SharedArrayBuffer;
}

/** Host to thread. */
export type ToThread =
  | { readonly kind: "define"; readonly session: number; readonly unit: Unit }
  | {
      readonly kind: "call";
      readonly session: number;
      readonly unit: string;
      readonly call: number;
      readonly args: string;
      readonly draws: RandomStates | undefined;
      readonly timeoutMs: number;
    }
  | { readonly kind: "answer"; readonly ask: string; readonly ok: boolean; readonly text: string }
  | { readonly kind: "cancel"; readonly call: number }
  | { readonly kind: "close"; readonly session: number };

/** A {@link SandboxError} as plain data. */
export interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly guestName?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** Thread to host. `ask` ids cannot be guessed. */
export type FromThread =
  | { readonly kind: "started"; readonly call: number }
  | { readonly kind: "done"; readonly call: number; readonly text: string }
  | { readonly kind: "failed"; readonly call: number; readonly error: PlainError }
  | { readonly kind: "ask"; readonly ask: string; readonly call: number; readonly name: string; readonly args: string }
  | { readonly kind: "log"; readonly call: number; readonly level: string; readonly line: string };
