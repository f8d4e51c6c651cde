/** The domain of listed values. A point is the index of a value. */

import type { Json } from "../../util/decode.ts";
import { type Domain, sampleItem } from "./domain.ts";
import { indexLookup } from "./listed.ts";

/**
 * One of the given values, which may be any JSON. A neighbour is any other of them.
 * @throws TracegradError `bad-space` for an empty list and for a repeated value, `not-json` for a value that is not
 * JSON.
 * @example choices(["short", "long"])
 */
export function choices(values: readonly Json[]): Domain {
  const indexOf = indexLookup("choices", values);
  return {
    spec: { kind: "choices", values },
    dimension: { kind: "categorical", choices: values.length },
    random: (rng) => rng.integer(values.length),
    neighbour: (point, rng) =>
      values.length === 1 ? point : ((point as number) + 1 + rng.integer(values.length - 1)) % values.length,
    crossover: (a, b, rng) => sampleItem([a, b], rng),
    all: () => values.keys(),
    valueOf: (point) => values[point as number] as Json,
    pointOf: indexOf,
  };
}

/** False or true. */
export function boolean(): Domain {
  return choices([false, true]);
}
