/** Outcomes that several runs share, as one of these runs sees them. Types only. */

import type { Example, Outcome, SplitName } from "../types.ts";

/** Which evaluation: of which candidate (a hash of its values by name), on which example, and which repeat, from 0. */
export interface EvaluationKey {
  readonly id: string;
  readonly split: SplitName;
  readonly example: Example;
  readonly repeat: number;
}

/** An outcome, and whether the run that asks for it made it itself, now or in an earlier process. */
export interface SharedOutcome {
  readonly outcome: Outcome;
  readonly own: boolean;
}

/** Shared outcomes. */
export interface EvaluationCache {
  /** Whether the outcome is known. */
  has(evaluation: EvaluationKey): boolean;
  /** The known outcome, the outcome of a run that is making it right now, or else what `make` gives. */
  outcome(evaluation: EvaluationKey, make: () => Promise<Outcome>): Promise<SharedOutcome>;
}
