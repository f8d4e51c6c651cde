/** A simulated run: programs are made and judged on the steering examples, and one of them is the finalist. */

import { type Rng, seeded } from "../../src/util/rng.ts";
import type { Rule } from "./rules.ts";
import type { Program, World } from "./worlds.ts";

/** What a run made. */
export interface Walk {
  /** The start first. */
  readonly candidates: readonly Program[];
  readonly finalist: Program;
}

/** Runs a world. The rule decides how it moves, and how many of the examples it sees. */
function walk(context: World, rule: Rule, { children, seed }: { children: number; seed: string }): Walk {
  const rng = seeded(seed);
  const start = context.start(rule.steering + rule.deciding, rng);
  const candidates = [start];
  const seen = ({ scores }: Program) => scores.slice(0, rule.steering);
  let [finalist, seenOfFinalist] = [start, seen(start)];
  for (let made = 0; made < children; made++) {
    const child = context.child(parentOf(context, { candidates, finalist }, rng), rng);
    candidates.push(child);
    const seenOfChild = seen(child);
    if (rule.gate(seenOfChild, seenOfFinalist)) [finalist, seenOfFinalist] = [child, seenOfChild];
  }
  return { candidates, finalist };
}

function parentOf({ parent }: World, { candidates, finalist }: Walk, rng: Rng): Program {
  if (parent === "best") return finalist;
  return parent === "last" ? (candidates.at(-1) as Program) : (candidates[rng.integer(candidates.length)] as Program);
}

/** What came of many runs by one rule. */
export interface Tally {
  readonly runs: number;
  /** How many shipped another program than the start, and one that is truly worse. */
  readonly shipped: number;
  readonly worse: number;
  /** The mean true score of what shipped. */
  readonly truth: number;
}

/** Runs a world so often, each rule on the same luck as far as their walks are the same. */
export function tally(
  context: World,
  rules: readonly Rule[],
  { runs, children }: { runs: number; children: (rule: Rule) => number },
): readonly Tally[] {
  const counts = rules.map(() => ({ runs: 0, shipped: 0, worse: 0, truth: 0 }));
  for (let run = 0; run < runs; run++) {
    const walks = new Map<string, Walk>();
    rules.forEach((rule, at) => {
      if (rule.isSlow === true && run % 4 !== 0) return;
      const made = children(rule);
      const key = `${rule.walk} ${made}`;
      const seed = `${context.name} ${rule.steering + rule.deciding} ${run}`;
      const { candidates, finalist } = walks.get(key) ?? walk(context, rule, { children: made, seed });
      walks.set(key, { candidates, finalist });
      const start = candidates[0] as Program;
      const isShipped = finalist !== start && rule.ships(finalist, candidates);
      const { truth } = isShipped ? finalist : start;
      const count = counts[at] as (typeof counts)[number];
      count.runs += 1;
      count.shipped += isShipped ? 1 : 0;
      count.worse += truth < start.truth - 1e-9 ? 1 : 0;
      count.truth += truth;
    });
  }
  return counts.map((count) => ({ ...count, truth: count.truth / count.runs }));
}
