/** Gates: decide whether a child is worth more evaluations, by its and its parent's scores on a few examples. */

import type { Json } from "../util/decode.ts";

/** Decides which candidates a search continues with. The run's `acceptance` decides what ships. */
export interface Gate {
  readonly name: string;
  readonly settings: Json;
  /**
   * Whether a child passes whose scores add up to `gain` more than its parent's; 0 where they differ only by rounding.
   */
  passes(gain: number): boolean;
}

/**
 * Passes a child whose scores add up to more than its parent's. Under noise it passes an equal one about half the time.
 */
export function strict(): Gate {
  return { name: "strict", settings: {}, passes: (gain) => gain > 0 };
}

/** Passes a child whose scores add up to no less than its parent's: drifts over plateaus, and under noise anywhere. */
export function greaterOrEqual(): Gate {
  return { name: "greaterOrEqual", settings: {}, passes: (gain) => gain >= 0 };
}
