/**
 * POLCA's epsilon-net over candidates: which of the new ones are unlike all that were judged, and unlike each other.
 */

import { epsilonNet, type Vector } from "../../math/epsilon-net.ts";
import { textVector } from "../../math/text-vector.ts";
import type { Candidate } from "../search/search.ts";
import type { EpsilonNetOptions } from "./settings.ts";

/** Says which of the new candidates are worth judging, in their order. */
export type Net = (known: readonly Candidate[], fresh: readonly Candidate[]) => Promise<readonly string[]>;

/** A net that asks for the place of each candidate once. */
export function netOf({ epsilon, embed = placeOf }: EpsilonNetOptions): Net {
  const places = new Map<string, Vector>();
  const place = async ({ id, values }: Candidate): Promise<Vector> => {
    const vector = places.get(id) ?? (await embed(values));
    places.set(id, vector);
    return vector;
  };
  return async (known, fresh) => {
    const vectors = await Promise.all([...known, ...fresh].map(place));
    const taken = new Set(epsilonNet(vectors.slice(0, known.length), vectors.slice(known.length), epsilon));
    return fresh.filter((_, at) => taken.has(at)).map(({ id }) => id);
  };
}

function placeOf(values: Readonly<Record<string, unknown>>): Vector {
  const texts = Object.values(values).map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return textVector(texts.join("\n"));
}
