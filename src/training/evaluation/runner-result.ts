/** What running one example gives. Types only. */

import type { Experience } from "../../templates/template.ts";
import type { Outcome } from "../types.ts";

/** The result of a run. */
export interface RunnerResult {
  readonly outcome: Outcome;
  /** The output of the program; of an episode, its steps and its total reward. Absent when the program failed. */
  readonly output?: unknown;
}

/** The result of a traced run, and what there is to learn from it. */
export interface TracedResult extends RunnerResult {
  /** One for an input, one per step of an episode; none when the judge failed or no parameter took part. */
  readonly experiences: readonly Experience[];
  /** What people should know about its graphs, in sentences. Default: nothing. */
  readonly notes?: readonly string[];
}
