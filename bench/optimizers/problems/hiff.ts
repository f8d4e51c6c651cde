/**
 * HIFF, the hierarchical if-and-only-if: blocks of equal bits earn, at all sizes, and two right halves of different
 * kinds fit badly. Four parameters of eight bits, judged block by block, so that a search can cross programs that are
 * good in parts.
 */

import { type Node, parameter } from "tracegrad";
import { makeList } from "tracegrad/operators";
import { seeded } from "../../../src/util/rng.ts";
import { type Family, rounded, taskOf } from "../problem.ts";
import { letters } from "../spaces.ts";
import { masked, randomBits } from "./bits.ts";

const size = 8;
const blocks = 4;

/** What a string of bits earns inside, its own size included; the most is its length times one more than its levels. */
function earned(bits: string): number {
  if (bits.length === 1) return 1;
  const half = bits.length / 2;
  return earned(bits.slice(0, half)) + earned(bits.slice(half)) + uniform(bits) * bits.length;
}

function uniform(bits: string): number {
  return /^(0*|1*)$/.test(bits) ? 1 : 0;
}

/** What is judged: each block alone, the two halves, the whole. Their mean is HIFF's height as a share of the most. */
function judged(part: number, bits: readonly string[]): number {
  if (part < blocks) return earned(bits[part] as string) / earned("0".repeat(size));
  if (part === blocks + 1) return uniform(bits.join(""));
  return (uniform(bits.slice(0, 2).join("")) + uniform(bits.slice(2).join(""))) / 2;
}

export const hiff: Family = {
  name: "hiff",
  about: "HIFF of 32 bits in four parameters, judged by its parts; crossing programs pays, no words.",
  moves: {},
  problem(seed, { noise = 0 } = {}) {
    const rng = seeded(`hiff/${seed}`);
    const mask = Array.from({ length: blocks }, () => randomBits(size, rng));
    const start = Array.from({ length: blocks }, () => randomBits(size, rng));
    return {
      name: `hiff/${seed}`,
      family: "hiff",
      optimum: 1,
      best: Object.fromEntries(mask.map((bits, index) => [`block${index}`, bits])),
      make() {
        const parameters = start.map((bits, index) =>
          parameter(bits, { name: `block${index}`, ...letters(size, "01") }),
        );
        return taskOf({
          agent: (): Node<readonly string[]> => makeList(...parameters),
          parameters,
          guide: (part: number, output: readonly string[], target: readonly string[]) => {
            const score = judged(
              part,
              output.map((bits, index) => masked(bits, target[index] as string)),
            );
            return { score, text: `Part ${part} has the score ${rounded(score)}.` };
          },
          rows: Array.from({ length: blocks + 2 }, (_, part) => ({ input: part, target: mask })),
          noise: { seed: `hiff/${seed}`, size: noise },
        });
      },
    };
  },
};
