/** OneMax: the share of bits that are right. The plainest landscape; what is no use here is a cost elsewhere. */

import type { Family } from "../problem.ts";
import { bitProblem } from "./bits.ts";

const length = 20;

export const onemax: Family = {
  name: "onemax",
  about: "The share of 20 hidden bits that are right; no words.",
  moves: {},
  problem: (seed, { noise = 0 } = {}) =>
    bitProblem({
      family: "onemax",
      seed,
      noise,
      length,
      score: (bits) => [...bits].filter((bit) => bit === "1").length / length,
      best: "1".repeat(length),
    }),
};
