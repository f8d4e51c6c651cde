/** What MIPROv2 remembers between rounds, and the space that it searches. */

import type { Json } from "../../util/decode.ts";
import type { Demonstration } from "../bootstrap/demonstrations.ts";
import type { Assignment, Dimension } from "./space.ts";

/** MIPROv2's state: plain JSON. */
export type MiproState = {
  readonly isPrepared: boolean;
  /** Texts to choose among, by parameter; the first is the starting artifact's. */
  readonly instructions: { readonly [name: string]: readonly string[] };
  /** Sets of demonstrations to choose among, by parameter; the first is the starting artifact's. */
  readonly sets: { readonly [name: string]: readonly (readonly { readonly input: Json; readonly output: Json }[])[] };
  /** Choices with the candidate they make and its score, on a minibatch or on all. */
  readonly trials: readonly { readonly values: Assignment; readonly candidate: string; readonly score: number }[];
  /** Candidates that were judged on all validation examples. */
  readonly full: readonly string[];
  /** How many choices were tried. */
  readonly tried: number;
};

/** One dimension for each parameter that has something to choose among. */
export function spaceOf({ instructions, sets }: MiproState): readonly Dimension[] {
  return Object.entries({ ...instructions, ...sets })
    .filter(([, choices]) => choices.length > 1)
    .map(([name, choices]) => ({ name, kind: "categorical", choices: choices.length }));
}

/** The parameter values of a choice. */
export function valuesAt(
  { instructions, sets }: MiproState,
  point: Assignment,
): Readonly<Record<string, string | readonly Demonstration[]>> {
  const all: Record<string, readonly (string | readonly Demonstration[])[]> = { ...instructions, ...sets };
  return Object.fromEntries(
    Object.entries(point).map(([name, index]) => [name, all[name]?.[index] as string | readonly Demonstration[]]),
  );
}
