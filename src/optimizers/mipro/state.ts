/** MIPROv2's state between rounds, and the space that it searches. */

import type { Json } from "../../util/decode.ts";
import { choices } from "../space/choices.ts";
import { type Space, spaceOf } from "../space/space.ts";
import type { NumericPoint } from "./dimensions.ts";

/** MIPROv2's state: plain JSON. */
export type MiproState = {
  /** Whether the first round has written what there is to choose from. */
  readonly hasChoices: boolean;
  /** The texts to choose from, by parameter; the first is the baseline's. */
  readonly instructions: { readonly [name: string]: readonly string[] };
  /** The sets of demonstrations to choose from, by parameter; the first is the baseline's. */
  readonly sets: { readonly [name: string]: readonly (readonly { readonly input: Json; readonly output: Json }[])[] };
  /** Choices with their candidate and its score, on a minibatch or on all validation examples. */
  readonly trials: readonly { readonly values: NumericPoint; readonly candidate: string; readonly score: number }[];
  /** Candidates that were evaluated on all validation examples. */
  readonly full: readonly string[];
  /** How many choices were tried. */
  readonly trialCount: number;
};

/**
 * The space of all choices: one domain for each parameter that has something to choose from. Undefined when none has.
 */
export function choiceSpace({ instructions, sets }: MiproState): Space | undefined {
  const all: Record<string, readonly Json[]> = { ...instructions, ...sets };
  const open = Object.entries(all).filter(([, values]) => values.length > 1);
  return open.length === 0
    ? undefined
    : spaceOf(Object.fromEntries(open.map(([name, values]) => [name, choices(values)])));
}
