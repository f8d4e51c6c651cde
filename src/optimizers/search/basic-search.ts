/** BasicSearch: a few proposals from the current candidate each round; the best one replaces it when it is better. */

import { count, flag, type OptionTable, recordSettings, resolveOptions } from "../../util/options.ts";
import { evaluateAgainst } from "./evaluate-against.ts";
import { expand } from "./expand.ts";
import { type SamplerState, sampleMinibatches } from "./minibatches.ts";
import { checkSizes, type MinibatchOptions, minibatchTable } from "./options.ts";
import type { Search } from "./search.ts";
import { meanScore } from "./standing.ts";

/** Options of {@link basicSearch}. */
export interface BasicSearchOptions extends MinibatchOptions {
  /** How many proposals a round makes. Default: 4, as in OpenTrace. */
  readonly proposals?: number;
  /**
   * Whether each proposal of a round has its own minibatch, which costs more evaluations and makes the proposals
   * differ. Default: false, as in OpenTrace; then give `temperatures`, or a model that varies its answers.
   */
  readonly ownMinibatches?: boolean;
}

const table = {
  ...minibatchTable,
  proposals: [4, count()],
  ownMinibatches: [false, flag],
} satisfies OptionTable<BasicSearchOptions>;

/** The current candidate, and the training examples that are still to come. */
type BasicSearchState = {
  readonly current: string;
  readonly waiting: SamplerState;
};

/**
 * Basic search: each round runs the current candidate on a minibatch, has it rewritten `proposals` times, and evaluates
 * the results on the validation examples, each until it has lost. The best one replaces the current candidate when its
 * mean score is higher.
 *
 * Source: `BasicSearchAlgorithm` of the Trace library (OpenTrace).
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer, guide, data, search: basicSearch({ proposals: 4, temperatures: [0, 0.5, 1] }) })
 */
export function basicSearch(options: BasicSearchOptions = {}): Search {
  const settings = resolveOptions("basicSearch", options, table);
  const { proposals, ownMinibatches, minibatchSize, temperatures } = settings;
  const each = ownMinibatches ? { count: proposals, proposals: 1 } : { count: 1, proposals };
  return {
    name: "BasicSearch",
    settings: recordSettings(settings, table),
    check: (setup) => checkSizes(options, setup),
    init: ({ id: current }) => ({ current, waiting: [] }),
    async round({ current, waiting }, context) {
      const size = { size: minibatchSize, count: each.count };
      const [minibatches, after] = sampleMinibatches(waiting, context.train, size, context.rng);
      const expansions = minibatches.map((examples) => ({ parent: current, examples, proposals: each.proposals }));
      const candidates = await expand(context, expansions, { temperatures, needs: context.validation.length });
      const outcomes = await evaluateAgainst(context, candidates, current);
      const means = outcomes.map(meanScore);
      const best = candidates[means.indexOf(Math.max(...means))];
      const isBetter =
        best !== undefined && Math.max(...means) > meanScore(context.knownOutcomes(current, "validation"));
      return { state: { current: isBetter ? best : current, waiting: after } };
    },
  } satisfies Search<BasicSearchState>;
}
