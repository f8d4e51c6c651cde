/** BestOfN: independent proposals from the baseline, and the best of them. Any other search should beat it. */

import { count, type OptionTable, recordSettings, resolveOptions } from "../../util/options.ts";
import { evaluateAgainst } from "./evaluate-against.ts";
import { expand } from "./expand.ts";
import { sampleMinibatches } from "./minibatches.ts";
import { checkSizes, type MinibatchOptions, minibatchTable } from "./options.ts";
import type { Candidate, Search } from "./search.ts";

/** Options of {@link bestOfN}. */
export interface BestOfNOptions extends MinibatchOptions {
  /** How many proposals are made, each from its own minibatch. Default: 8. */
  readonly n?: number;
}

const table = { ...minibatchTable, n: [8, count()] } satisfies OptionTable<BestOfNOptions>;

/**
 * Best of n: rewrites the baseline `n` times, each time from another minibatch, evaluates the results on the validation
 * examples, and is done after this one round. It learns nothing from its own proposals, so it is the control for
 * searches that do, and a good choice for small budgets.
 *
 * Source: the usual control in prompt optimization; one of the searches of the Trace library (OpenTrace).
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent, optimizer, guide, data, search: bestOfN({ n: 16, temperatures: [0.7, 1] }) })
 */
export function bestOfN(options: BestOfNOptions = {}): Search {
  const settings = resolveOptions("bestOfN", options, table);
  const { n, minibatchSize, temperatures } = settings;
  return {
    name: "BestOfN",
    settings: recordSettings(settings, table),
    ends: true,
    check: (setup) => checkSizes(options, setup),
    init: () => null,
    async round(_, context) {
      const [baseline] = context.candidates() as [Candidate];
      const [minibatches] = sampleMinibatches([], context.train, { size: minibatchSize, count: n }, context.rng);
      const expansions = minibatches.map((examples) => ({ parent: baseline.id, examples, proposals: 1 }));
      const candidates = await expand(context, expansions, { temperatures, needs: context.validation.length });
      await evaluateAgainst(context, candidates, baseline.id);
      return { state: null, done: true };
    },
  } satisfies Search<null>;
}
