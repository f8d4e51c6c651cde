/**
 * BasicSearch: a few proposals from the current candidate each round; the best of them takes its place when it is
 * better.
 */

import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { requirePositive } from "../../util/require.ts";
import { type Draws, draw } from "./draws.ts";
import { expand } from "./expand.ts";
import { judgeAgainst } from "./judge-against.ts";
import { checkSizes, type MinibatchOptions, minibatchNames, minibatchSettings } from "./options.ts";
import type { Search } from "./search.ts";
import { meanScore } from "./standing.ts";

/** Options of {@link basicSearch}. */
export interface BasicSearchOptions extends MinibatchOptions {
  /** How many proposals a round makes. Default: 4, as in OpenTrace. */
  readonly proposals?: number;
  /**
   * Whether each proposal of a round is made by a minibatch of its own, which costs more evaluations and gives
   * proposals that differ. Default: false, as in OpenTrace; give `temperatures` then, or a model that answers the same
   * question differently.
   */
  readonly ownMinibatches?: boolean;
}

const names: NamesOf<BasicSearchOptions> = { ...minibatchNames, proposals: true, ownMinibatches: true };

/** The current candidate, and the training examples that have still to come. */
type BasicSearchState = {
  readonly current: string;
  readonly waiting: Draws;
};

/**
 * Basic search: each round runs the current candidate on a minibatch, has it rewritten `proposals` times, and judges
 * the results on the validation examples, on all of them unless it has lost before. The best takes the place of the
 * current candidate when its mean score is higher.
 *
 * Source: `BasicSearchAlgorithm` of the Trace library (OpenTrace).
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer, guide, data, search: basicSearch({ proposals: 4, temperatures: [0, 0.5, 1] }) })
 */
export function basicSearch(options: BasicSearchOptions = {}): Search {
  requireKnown("basicSearch", options, names);
  const { proposals = 4, ownMinibatches = false } = options;
  requirePositive("proposals", proposals);
  const { minibatchSize, temperatures } = minibatchSettings(options);
  const each = ownMinibatches ? { count: proposals, proposals: 1 } : { count: 1, proposals };
  return {
    name: "BasicSearch",
    settings: { proposals, ownMinibatches, minibatch: minibatchSize, temperatures },
    check: (setup) => checkSizes(options, setup),
    init: ({ id: current }) => ({ current, waiting: [] }),
    async round({ current, waiting }, context) {
      const size = { size: minibatchSize, count: each.count };
      const [minibatches, after] = draw(waiting, context.train, size, context.rng);
      const expansions = minibatches.map((examples) => ({ parent: current, examples, proposals: each.proposals }));
      const candidates = await expand(context, expansions, { temperatures, needs: context.validation.length });
      const outcomes = await judgeAgainst(context, candidates, current);
      const means = outcomes.map(meanScore);
      const best = candidates[means.indexOf(Math.max(...means))];
      const isBetter =
        best !== undefined && Math.max(...means) > meanScore(context.knownOutcomes(current, "validation"));
      return { state: { current: isBetter ? best : current, waiting: after } };
    },
  } satisfies Search<BasicSearchState>;
}
