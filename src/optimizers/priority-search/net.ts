/** POLCA's epsilon-net over candidates: selects new ones that differ from all evaluated ones and from each other. */

import { epsilonNet, type Vector } from "../../math/epsilon-net.ts";
import { textVector } from "../../math/text-vector.ts";
import type { Candidate } from "../search/search.ts";
import type { EpsilonNetSettings } from "./settings.ts";

/** Selects the new candidates that are worth evaluating, in their order. */
export type Net = (known: readonly Candidate[], fresh: readonly Candidate[]) => Promise<readonly string[]>;

/** A net that computes the vector of each candidate once. */
export function netOf({ epsilon, embed }: EpsilonNetSettings): Net {
  const vectorBy = embed ?? vectorOf;
  const vectors = new Map<string, Vector>();
  const vectorFor = async ({ id, values }: Candidate): Promise<Vector> => {
    const vector = vectors.get(id) ?? (await vectorBy(values));
    vectors.set(id, vector);
    return vector;
  };
  return async (known, fresh) => {
    const all = await Promise.all([...known, ...fresh].map(vectorFor));
    const taken = new Set(epsilonNet(all.slice(0, known.length), all.slice(known.length), epsilon));
    return fresh.filter((_, at) => taken.has(at)).map(({ id }) => id);
  };
}

function vectorOf(values: Readonly<Record<string, unknown>>): Vector {
  const texts = Object.values(values).map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return textVector(texts.join("\n"));
}
