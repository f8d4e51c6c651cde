/** The domain of listed values. A point is the index of one. */

import type { Json } from "../../util/decode.ts";
import { type Domain, oneOf } from "./domain.ts";
import { indexed } from "./listed.ts";

/**
 * One of the given values, which may be any JSON. A neighbour is any other of them.
 * @throws TracegradError `bad-space` for an empty list and for a value that is there twice, `not-json` for what is no
 * JSON.
 * @example choices(["short", "long"])
 */
export function choices(values: readonly Json[]): Domain {
  const indexOf = indexed("choices", values);
  return {
    spec: { kind: "choices", values },
    random: (rng) => rng.integer(values.length),
    neighbour: (point, rng) =>
      values.length === 1 ? point : ((point as number) + 1 + rng.integer(values.length - 1)) % values.length,
    crossover: (a, b, rng) => oneOf([a, b], rng),
    all: () => values.keys(),
    valueOf: (point) => values[point as number] as Json,
    pointOf: indexOf,
  };
}

/** False or true. */
export function boolean(): Domain {
  return choices([false, true]);
}
