/** What a run of `train` led to. Types only. */

import type { Verdict } from "./acceptance/verdict.ts";
import type { EndReason, EvaluationResult, ScoredCandidate, Spent } from "./types.ts";

/** What a run led to. */
export interface TrainResult {
  /** The candidate that ships. Its values are live when the run ends. */
  readonly best: ScoredCandidate;
  /** The candidate that the run started from. */
  readonly baseline: ScoredCandidate;
  /** All candidates, in the order in which they were made. */
  readonly candidates: readonly ScoredCandidate[];
  /** Why the run ended. */
  readonly reason: EndReason;
  readonly spent: Spent;
  /** Whether the finalist is better than the baseline, and how sure that is. Undefined when nothing was scored. */
  readonly verdict: Verdict | undefined;
  /** Scores on the sealed test data; undefined without the option `test`. */
  readonly test: { readonly baseline: EvaluationResult; readonly best: EvaluationResult } | undefined;
  /** What people should know, in sentences. */
  readonly warnings: readonly string[];
}
