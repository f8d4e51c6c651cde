/** The messages between the host and the threads that run asynchronous programs. Types only. */

import type { WorldLimits } from "./engines.ts";
import type { PlainError } from "./errors.ts";
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

/** What happens to the world of a session. The same events in the same order make the same world. */
export type SessionEvent =
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

/** What a thread needs to go on with a session. */
export interface SessionStart {
  readonly units: readonly Unit[];
  /** What is to happen to its world. */
  readonly events: readonly SessionEvent[];
  /** How many of them have happened elsewhere, so that what programs print meanwhile has been heard. */
  readonly repeated: number;
  /** How many events there were before, in worlds that are gone, and how many asks. */
  readonly before: { readonly events: number; readonly asks: number };
  /** How many asks the host knows. */
  readonly askCount: number;
}

/** Host to thread. */
export type ToThread =
  | ({ readonly kind: "open"; readonly session: number } & SessionStart)
  | { readonly kind: "define"; readonly session: number; readonly unit: Unit }
  | { readonly kind: "close"; readonly session: number }
  | (SessionEvent & { readonly session: number });

/** Thread to host. The asks of a session are numbered from 1 in the order in which its programs make them. */
export type FromThread = { readonly session: number } & (
  | { readonly kind: "started"; readonly call: number }
  | { readonly kind: "done"; readonly call: number; readonly text: string }
  | { readonly kind: "failed"; readonly call: number; readonly error: PlainError }
  /** The world of the session ended, after so many events and asks in all. */
  | { readonly kind: "lost"; readonly events: number; readonly asks: number }
  | { readonly kind: "ask"; readonly ask: number; readonly call: number; readonly name: string; readonly args: string }
  | { readonly kind: "log"; readonly call: number; readonly level: string; readonly line: string }
);
