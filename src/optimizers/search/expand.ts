/** Expands candidates: runs them on minibatches, and has the optimizer's algorithm rewrite them by the outcomes. */

import type { ProposeRequest, Rollout, SearchContext } from "./search.ts";

/** One candidate, to be rewritten by its rollouts on some training examples. */
export interface Expansion {
  readonly parent: string;
  /** Ids of training examples. */
  readonly examples: readonly string[];
  /** How many proposals to make from the same rollouts. */
  readonly proposals: number;
}

/** What all expansions of a round share. */
export interface ExpandOptions {
  /** Sampling temperatures that the proposals use in turn; an empty list leaves it to the algorithm. */
  readonly temperatures: readonly number[];
  /** How many evaluations a new candidate needs before it counts. When the budget lacks them, no proposal is made. */
  readonly needs: number;
  /** What the model should know beside the rollouts. Called once the rollouts are there. */
  readonly note?: () => string | undefined | Promise<string | undefined>;
}

/** The ids of the new candidates, each once, in the order of the requests. */
export async function expand(
  context: SearchContext,
  expansions: readonly Expansion[],
  { temperatures, needs, note }: ExpandOptions,
): Promise<readonly string[]> {
  const runsOf = new Set(expansions.flatMap(({ parent, examples }) => examples.map((id) => `${parent} ${id}`)));
  context.requireBudget(runsOf.size + needs);
  const runs = await context.run(expansions.map(({ parent, examples }) => ({ candidate: parent, examples })));
  const noteText = await note?.();
  const requests = expansions.flatMap(({ parent, proposals }, at) =>
    Array.from({ length: proposals }, () => ({ parent, rollouts: runs[at] as readonly Rollout[] })),
  );
  const proposed = await context.propose(
    requests.map((request, at): ProposeRequest => {
      const temperature = temperatures[at % temperatures.length];
      return {
        ...request,
        ...(temperature === undefined ? {} : { temperature }),
        ...(noteText === undefined ? {} : { note: noteText }),
      };
    }),
  );
  const fresh = proposed.filter(({ isNew }) => isNew).map(({ candidate }) => candidate?.id);
  return [...new Set(fresh.filter((id) => id !== undefined))];
}
