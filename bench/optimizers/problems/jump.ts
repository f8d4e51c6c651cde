/** Jump: as OneMax, but around the best string lies a valley that is worse than what surrounds it. */

import type { Family } from "../problem.ts";
import { bitProblem } from "./bits.ts";

const length = 12;
const gap = 2;

function score(bits: string): number {
  const ones = [...bits].filter((bit) => bit === "1").length;
  const height = ones <= length - gap || ones === length ? gap + ones : length - ones;
  return height / (length + gap);
}

export const jump: Family = {
  name: "jump",
  about: "OneMax of 12 bits with a valley 2 bits wide before the best string; no words.",
  moves: {},
  problem: (seed, { noise = 0 } = {}) =>
    bitProblem({ family: "jump", seed, noise, length, score, best: "1".repeat(length) }),
};
