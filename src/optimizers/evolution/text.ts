/** Candidates as texts and vectors, to tell how alike they are without asking anybody. */

import type { Vector } from "../../math/epsilon-net.ts";
import { textVector } from "../../math/text-vector.ts";

/** Parameter values by name. */
export type Values = Readonly<Record<string, unknown>>;

/** The vectors of values, as long as their candidate is there: they are asked for again and again. */
const vectors = new WeakMap<Values, Vector>();

/** All values as one text. */
export function textOf(values: Values): string {
  return Object.values(values)
    .map((value) => (typeof value === "string" ? value : JSON.stringify(value)))
    .join("\n");
}

/** The vector of {@link textOf}; the values must not be changed. */
export function vectorOf(values: Values): Vector {
  const known = vectors.get(values);
  if (known !== undefined) return known;
  const vector = textVector(textOf(values));
  vectors.set(values, vector);
  return vector;
}
