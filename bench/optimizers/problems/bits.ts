/** What the families over one string of bits share: a hidden mask, so that no proposer gains from liking ones. */

import { bundle, parameter } from "tracegrad";
import { type Rng, seeded } from "../../../src/util/rng.ts";
import { type BenchProblem, instance, rounded, taskOf } from "../problem.ts";
import { letters } from "../spaces.ts";

/** A problem over bits: the score of a string from 0 to 1, and its best string, both before the mask. */
export interface BitProblem {
  readonly family: string;
  readonly seed: number;
  readonly noise: number;
  readonly length: number;
  readonly score: (bits: string) => number;
  readonly best: string;
}

/** Random bits. */
export function randomBits(length: number, rng: Rng): string {
  return Array.from({ length }, () => rng.integer(2)).join("");
}

/** The bits in which two strings differ, as ones. */
export function masked(bits: string, mask: string): string {
  return [...bits].map((bit, index) => (bit === mask[index] ? "0" : "1")).join("");
}

/** The problem of finding the string that, under a hidden mask, has the best score. */
export function bitProblem({ family, seed, noise, length, score, best }: BitProblem): BenchProblem {
  const rng = seeded(`${family}/${seed}`);
  const mask = randomBits(length, rng);
  let start = randomBits(length, rng);
  while (score(masked(start, mask)) >= 1) start = randomBits(length, rng);
  return {
    name: `${family}/${seed}`,
    family,
    optimum: 1,
    best: { bits: masked(best, mask) },
    make() {
      const bits = parameter(start, { name: "bits", ...letters(length, "01") });
      const show = bundle((bits: string) => bits, {
        name: "show",
        doc: "Hands the bits to a judge who knows a secret.",
      });
      return taskOf({
        agent: () => show(bits),
        parameters: bits,
        guide: (_input, output: string, target: string) => {
          const scored = score(masked(output, target));
          return { score: scored, text: `The bits have the score ${rounded(scored)}.` };
        },
        rows: instance(mask, noise),
        noise: { seed: `${family}/${seed}`, size: noise },
      });
    },
  };
}
