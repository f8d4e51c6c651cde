/**
 * Kauffman's NK landscapes: each of 12 bits earns by itself and k others; k, from 1 to 6 by the seed, is how rugged it
 * is.
 */

import { type Rng, seeded, shuffled } from "../../../src/util/rng.ts";
import type { Family } from "../problem.ts";
import { bitProblem } from "./bits.ts";

const length = 12;

function landscapeOf(k: number, rng: Rng): (bits: string) => number {
  const loci = Array.from({ length }, (_, own) => {
    const others = shuffled(
      [...Array(length).keys()].filter((one) => one !== own),
      rng,
    ).slice(0, k);
    return { places: [own, ...others], earnings: Array.from({ length: 2 ** (k + 1) }, () => rng.float()) };
  });
  return (bits) =>
    loci.reduce((sum, { places, earnings }) => {
      const pattern = places.reduce((number, place) => number * 2 + Number(bits[place]), 0);
      return sum + (earnings[pattern] as number);
    }, 0);
}

export const nk: Family = {
  name: "nk",
  about: "NK landscapes of 12 bits with k from 1 to 6, as a share of the best of all 4,096; no words.",
  moves: {},
  problem(seed, { noise = 0 } = {}) {
    const height = landscapeOf(1 + (seed % 6), seeded(`nk/landscape/${seed}`));
    const all = Array.from({ length: 2 ** length }, (_, number) => number.toString(2).padStart(length, "0"));
    const best = all.reduce((leader, bits) => (height(bits) > height(leader) ? bits : leader));
    const most = height(best);
    return bitProblem({ family: "nk", seed, noise, length, score: (bits) => height(bits) / most, best });
  },
};
