/** BasicSearch: a few proposals from the current program each round; the best of them takes its place when it is better. */

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
   * Whether each proposal of a round is made by a minibatch of its own, which costs more judged runs and gives proposals that
   * differ. Default: false, as in OpenTrace; give `temperatures` then, or a model that answers the same question differently.
   */
  readonly ownMinibatches?: boolean;
}

const names: NamesOf<BasicSearchOptions> = { ...minibatchNames, proposals: true, ownMinibatches: true };

/** The current program, and the training examples that have still to come. */
type BasicSearchState = {
  readonly current: string;
  readonly waiting: Draws;
};

/**
 * Basic search: each round runs the current program on a minibatch, has it rewritten `proposals` times, and judges the results on
 * the validation examples, on all of them unless it has lost before. The best takes the place of the current program when its
 * mean score is higher.
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
  const { minibatch, temperatures } = minibatchSettings(options);
  const each = ownMinibatches ? { count: proposals, proposals: 1 } : { count: 1, proposals };
  return {
    name: "BasicSearch",
    settings: { proposals, ownMinibatches, minibatch, temperatures },
    check: (setup) => checkSizes(options, setup),
    init: ({ id: current }) => ({ current, waiting: [] }),
    async round({ current, waiting }, world) {
      const size = { size: minibatch, count: each.count };
      const [minibatches, after] = draw(waiting, world.train, size, world.rng);
      const expansions = minibatches.map((examples) => ({ parent: current, examples, proposals: each.proposals }));
      const programs = await expand(world, expansions, { temperatures, needs: world.validation.length });
      const outcomes = await judgeAgainst(world, programs, current);
      const means = outcomes.map(meanScore);
      const best = programs[means.indexOf(Math.max(...means))];
      const isBetter = best !== undefined && Math.max(...means) > meanScore(world.known(current, "validation"));
      return { state: { current: isBetter ? best : current, waiting: after } };
    },
  } satisfies Search<BasicSearchState>;
}
