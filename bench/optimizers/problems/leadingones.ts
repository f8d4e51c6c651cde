/** LeadingOnes: only the right bits before the first wrong one count, so that the others drift. */

import type { Family } from "../problem.ts";
import { bitProblem } from "./bits.ts";

const length = 12;

export const leadingones: Family = {
  name: "leadingones",
  about: "The number of right bits before the first wrong one, of 12; no words.",
  moves: {},
  problem: (seed, { noise = 0 } = {}) =>
    bitProblem({
      family: "leadingones",
      seed,
      noise,
      length,
      score: (bits) => (/^1*/.exec(bits)?.[0].length ?? 0) / length,
      best: "1".repeat(length),
    }),
};
