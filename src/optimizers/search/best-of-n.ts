/**
 * BestOfN: independent proposals from the starting artifact, and the best of them. The least that any search should
 * beat.
 */

import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { requirePositive } from "../../util/require.ts";
import { draw } from "./draws.ts";
import { expand } from "./expand.ts";
import { judgeAgainst } from "./judge-against.ts";
import { checkSizes, type MinibatchOptions, minibatchNames, minibatchSettings } from "./options.ts";
import type { Candidate, Search } from "./search.ts";

/** Options of {@link bestOfN}. */
export interface BestOfNOptions extends MinibatchOptions {
  /** How many proposals are made, each by a minibatch of its own. Default: 8. */
  readonly n?: number;
}

const names: NamesOf<BestOfNOptions> = { ...minibatchNames, n: true };

/**
 * Best of n: rewrites the starting artifact `n` times, each time by another minibatch, judges all of that on the
 * validation examples, and is done after this one round. It learns nothing from its own proposals, which makes it the
 * control for searches that do, and a good choice for small budgets.
 *
 * Source: the usual control of prompt optimization; one of the searches of the Trace library (OpenTrace).
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer, guide, data, search: bestOfN({ n: 16, temperatures: [0.7, 1] }) })
 */
export function bestOfN(options: BestOfNOptions = {}): Search {
  requireKnown("bestOfN", options, names);
  const { n = 8 } = options;
  requirePositive("n", n);
  const { minibatchSize, temperatures } = minibatchSettings(options);
  return {
    name: "BestOfN",
    settings: { n, minibatch: minibatchSize, temperatures },
    ends: true,
    check: (setup) => checkSizes(options, setup),
    init: () => null,
    async round(_, context) {
      const [start] = context.candidates() as [Candidate];
      const [minibatches] = draw([], context.train, { size: minibatchSize, count: n }, context.rng);
      const expansions = minibatches.map((examples) => ({ parent: start.id, examples, proposals: 1 }));
      const candidates = await expand(context, expansions, { temperatures, needs: context.validation.length });
      await judgeAgainst(context, candidates, start.id);
      return { state: null, done: true };
    },
  } satisfies Search<null>;
}
