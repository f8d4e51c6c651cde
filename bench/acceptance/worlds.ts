/** Simulated programs: their scores on the validation examples, and how good they truly are. */

import type { Rng } from "../../src/util/rng.ts";

/** A simulated program. */
export interface Program {
  /** One an example. The metric is exact: the same program has the same scores whenever it is judged. */
  readonly scores: readonly number[];
  /** What it scores on new examples, on average. */
  readonly truth: number;
}

/** How programs come about. */
export interface World {
  readonly name: string;
  /** What a child is made of: the best program so far, any program, or the one that was made last. */
  readonly parent: "best" | "any" | "last";
  start(examples: number, rng: Rng): Program;
  child(parent: Program, rng: Rng): Program;
}

const coin = (chance: number, rng: Rng): number => (rng.float() < chance ? 1 : 0);

/** Scores of 0 and 1, half of them 1. */
const even = (examples: number, rng: Rng): Program => ({
  scores: Array.from({ length: examples }, () => coin(0.5, rng)),
  truth: 0.5,
});

/** A proposal: it changes the answers to a share of the examples, of which it then gets `right` right. */
interface Proposal {
  readonly changed: number;
  /** The chance that a changed answer is right, drawn anew for each proposal. */
  right(rng: Rng): number;
}

/** Children that inherit their parent's answers but for what a proposal changes. */
function inheriting(name: string, parent: World["parent"], { changed, right }: Proposal): World {
  return {
    name,
    parent,
    start: even,
    child(candidate, rng) {
      const chance = right(rng);
      const scores = candidate.scores.map((score) => (rng.float() < changed ? coin(chance, rng) : score));
      return { scores, truth: (1 - changed) * candidate.truth + changed * chance };
    },
  };
}

const equal = () => 0.5;

/** Worlds in which no program is better than the start. */
export const nulls: readonly World[] = [
  inheriting("fresh noise", "best", { changed: 1, right: equal }),
  inheriting("inherited luck, 10 % anew", "any", { changed: 0.1, right: equal }),
  inheriting("inherited luck, 30 % anew", "any", { changed: 0.3, right: equal }),
  inheriting("adaptive search, exact metric", "best", { changed: 0.1, right: equal }),
  {
    name: "equal means, skewed",
    parent: "best",
    start: (examples) => ({ scores: Array.from({ length: examples }, () => 0.9), truth: 0.9 }),
    child: ({ scores }, rng) => ({ scores: scores.map(() => coin(0.9, rng)), truth: 0.9 }),
  },
];

/** Worlds by what proposals do to the true score of a program that answers half of the examples right. */
export const proposals = (parent: World["parent"]): readonly World[] => [
  inheriting("null: 10 % of answers anew, no better", parent, { changed: 0.1, right: equal }),
  inheriting("harmful: all proposals -6 points", parent, { changed: 0.2, right: () => 0.2 }),
  inheriting("half harmful: half of them -6, half 0", parent, {
    changed: 0.2,
    right: (rng) => (coin(0.5, rng) ? 0.2 : 0.5),
  }),
  inheriting("mixed: a quarter +10, the others -5", parent, {
    changed: 0.25,
    right: (rng) => (coin(0.25, rng) ? 0.9 : 0.3),
  }),
  inheriting("good: half of them +15, half -6", parent, { changed: 0.3, right: (rng) => (coin(0.5, rng) ? 1 : 0.3) }),
];

/** A world with one better program, by `gain`. Graded scores are the share of ten checks that pass. */
export function better(gain: number, scores: "0 or 1" | "graded"): World {
  const checks = scores === "graded" ? 10 : 1;
  const judged = (chance: number, rng: Rng): number => {
    let passed = 0;
    for (let check = 0; check < checks; check++) passed += coin(chance, rng);
    return passed / checks;
  };
  const candidate = (examples: number, truth: number, rng: Rng): Program => ({
    scores: Array.from({ length: examples }, () => judged(truth, rng)),
    truth,
  });
  return {
    name: `+${Math.round(gain * 100)} points, ${scores}`,
    parent: "best",
    start: (examples, rng) => candidate(examples, 0.5, rng),
    child: (parent, rng) => candidate(parent.scores.length, 0.5 + gain, rng),
  };
}
