/** The messages between the host and the threads that run asynchronous programs. Types only. */

import type { WorldLimits } from "./engines.ts";
import type { RandomStates } from "./random.ts";
import type { Unit } from "./unit.ts";
import type { WasmModule } from "./wasm.ts";

/** What a thread is given at its start. */
export interface ThreadData {
  readonly limits: WorldLimits;
  readonly logs: boolean;
  /** The compiled engine. */
  readonly engine: WasmModule;
  /** One Int32: the number of the call that is running this very moment, or 0. */
  readonly current: SharedArrayBuffer;
}

/** What happens to the world of a session. The same messages in the same order make the same world. */
export type SessionEvent =
  | { readonly kind: "define"; readonly unit: Unit }
  | {
      readonly kind: "call";
      readonly unit: string;
      readonly call: number;
      readonly args: string;
      readonly draws: RandomStates;
      readonly timeoutMs: number;
    }
  | { readonly kind: "answer"; readonly ask: number; readonly ok: boolean; readonly text: string }
  | { readonly kind: "cancel"; readonly call: number };

/** Host to thread. */
export type ToThread =
  /** So many events of kind `ask` are known to the host already, and so is what the programs print meanwhile. */
  | {
      readonly kind: "open";
      readonly session: number;
      readonly events: readonly SessionEvent[];
      readonly askCount: number;
    }
  | { readonly kind: "close"; readonly session: number }
  | (SessionEvent & { readonly session: number });

/** A {@link SandboxError} as plain data. */
export interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly guestName?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** Thread to host. The asks of a session are numbered from 1 in the order in which its programs make them. */
export type FromThread = { readonly session: number } & (
  | { readonly kind: "started"; readonly call: number }
  | { readonly kind: "done"; readonly call: number; readonly text: string }
  /** `lost`: the world of the session ended with the call. */
  | { readonly kind: "failed"; readonly call: number; readonly error: PlainError; readonly lost: boolean }
  | { readonly kind: "ask"; readonly ask: number; readonly call: number; readonly name: string; readonly args: string }
  | { readonly kind: "log"; readonly call: number; readonly level: string; readonly line: string }
);
