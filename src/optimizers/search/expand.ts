/**
 * From candidates to new ones: runs them on minibatches, and has the optimizer's algorithm rewrite them by how that
 * went.
 */

import type { ProposeRequest, Rollout, SearchContext } from "./search.ts";

/** One candidate, to be rewritten by how it did on some training examples. */
export interface Expansion {
  readonly parent: string;
  /** Ids of training examples. */
  readonly examples: readonly string[];
  /** How many proposals are made from the same rollouts. */
  readonly proposals: number;
}

/** What holds for all expansions of a round. */
export interface ExpandOptions {
  /** Sampling temperatures, which the proposals take in turn; none leaves it to the algorithm. */
  readonly temperatures: readonly number[];
  /** How many evaluations a new candidate takes before it can be of use: without room for these, nobody is asked. */
  readonly needs: number;
  /** What the model should know beside the rollouts. Asked once the rollouts are there. */
  readonly note?: () => string | undefined | Promise<string | undefined>;
}

/** The ids of the candidates that came of it and were not there before, each once, in the order of the requests. */
export async function expand(
  context: SearchContext,
  expansions: readonly Expansion[],
  { temperatures, needs, note }: ExpandOptions,
): Promise<readonly string[]> {
  const runsOf = new Set(expansions.flatMap(({ parent, examples }) => examples.map((id) => `${parent} ${id}`)));
  context.requireBudget(runsOf.size + needs);
  const runs = await context.run(expansions.map(({ parent, examples }) => ({ candidate: parent, examples })));
  const noted = await note?.();
  const requests = expansions.flatMap(({ parent, proposals }, at) =>
    Array.from({ length: proposals }, () => ({ parent, rollouts: runs[at] as readonly Rollout[] })),
  );
  const proposed = await context.propose(
    requests.map((request, at): ProposeRequest => {
      const temperature = temperatures[at % temperatures.length];
      return {
        ...request,
        ...(temperature === undefined ? {} : { temperature }),
        ...(noted === undefined ? {} : { note: noted }),
      };
    }),
  );
  const fresh = proposed.filter(({ isNew }) => isNew).map(({ candidate }) => candidate?.id);
  return [...new Set(fresh.filter((id) => id !== undefined))];
}
