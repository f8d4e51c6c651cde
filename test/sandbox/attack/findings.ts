/** What the runner counts, and the messages between it and the process that runs the attacks. */
import type { Mode } from "./attack.ts";

/**
 * A way to fail. `escape`: a canary was reached. `death`: the host process ended, or would have. `hang`: a call did not
 * end. `stall`: the event loop was held too long. `untyped`: an error without a code of ours. `memory`: too much of it.
 * `leak`: something was left behind. `wrong`: another result than the attack says. `sick`: good code failed afterwards.
 */
export type FindingKind = "escape" | "death" | "hang" | "stall" | "untyped" | "memory" | "leak" | "wrong" | "sick";

/** All kinds, in the order of the table. */
export const findingKinds: readonly FindingKind[] = [
  "escape",
  "death",
  "hang",
  "stall",
  "untyped",
  "memory",
  "leak",
  "wrong",
  "sick",
];

/** One failure. */
export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
}

/** What runs the code, and by which way it comes in. */
export type Route = "direct" | "proposal";

/** What a process is asked to do. */
export interface Batch {
  /** The name of the level, see levels.ts. */
  readonly level: string;
  readonly route: Route;
  readonly mode: Mode;
  /** Whether the package checks texts, as it does, or was built with a check that refuses nothing. */
  readonly checked: boolean;
  /** Titles of the attacks, or `seed <number>` for programs of the fuzzer. */
  readonly titles: readonly string[];
  readonly limits: Limits;
}

/** What must hold, in milliseconds and bytes. */
export interface Limits {
  /** The limit of one call. */
  readonly callMs: number;
  /** How much longer than its limit a synchronous call may hold the event loop; an asynchronous one only so long. */
  readonly graceMs: number;
  /** How long a check may hold it. */
  readonly checkMs: number;
  /** How far the memory of the process may grow in one run. */
  readonly growthBytes: number;
}

/** How one run ended. */
export interface Report {
  readonly title: string;
  /** `value`, or the code of the error. */
  readonly end: string;
  readonly findings: readonly Finding[];
  /** The longest time for which the event loop was held: processor time, and as the clock saw it. */
  readonly heldMs: number;
  readonly heldWallMs: number;
}

/** From the process to the runner. */
export type FromChild =
  | { readonly kind: "ready" }
  | { readonly kind: "begin"; readonly title: string }
  | { readonly kind: "end"; readonly report: Report }
  | { readonly kind: "done"; readonly findings: readonly Finding[] };
