/** BootstrapFewShot: the program's successful rollouts become demonstrations in its prompt. Calls no optimizer. */

import {
  count,
  number,
  type OptionTable,
  recordSettings,
  resolveOptions,
  type SettingsOf,
} from "../../util/options.ts";
import type { Search, SearchContext } from "../search/search.ts";
import { requireSlots, slotsIn } from "./demonstrations.ts";
import { gatherMaterial } from "./material.ts";
import { demonstrationSets, setOf } from "./sets.ts";

/** Options of {@link bootstrapFewShot}. */
export interface BootstrapFewShotOptions {
  /** The most demonstrations from rollouts. Default: 4, as in DSPy. */
  readonly maxBootstrapped?: number;
  /** The most demonstrations that are training examples with their expected output. Default: 16, as in DSPy. */
  readonly maxLabeled?: number;
  /** The lowest score of a rollout that becomes a demonstration. Default: 1. */
  readonly threshold?: number;
  /** How often to try an example until its rollout succeeds, which helps when rollouts vary. Default: 1. */
  readonly maxRounds?: number;
  /**
   * How many sets of demonstrations compete on the validation data. Default: 1, plain BootstrapFewShot. More is DSPy's
   * random search: an empty set, labels only, the bootstrapped ones in order, then random mixtures.
   */
  readonly sets?: number;
}

const table = {
  maxBootstrapped: [4, count()],
  maxLabeled: [16, count(0)],
  threshold: [1, number()],
  maxRounds: [1, count()],
  sets: [1, count()],
} satisfies OptionTable<BootstrapFewShotOptions>;

/**
 * Fills the program's `demonstrations()` parameters with its own successful rollouts (Khattab et al. 2023, DSPy), and
 * is done after one round. It calls no optimizer's model; the optimizer only says which parameters are trained.
 *
 * DSPy chooses by the training data when there are no validation data; here there always are some.
 * @throws TracegradError `bad-option`.
 * @example
 * train({ agent: qa.answer, optimizer, guide, data, search: bootstrapFewShot({ sets: 8 }) })
 */
export function bootstrapFewShot(options: BootstrapFewShotOptions = {}): Search<null> {
  const settings = resolveOptions("bootstrapFewShot", options, table);
  return {
    name: "BootstrapFewShot",
    settings: recordSettings(settings, table),
    ends: true,
    check: ({ parameters }) => void requireSlots("BootstrapFewShot", parameters),
    init: () => null,
    async round(_, context) {
      await bootstrap(settings, context);
      return { state: null, done: true };
    },
  };
}

async function bootstrap(settings: SettingsOf<typeof table>, context: SearchContext): Promise<void> {
  const { maxBootstrapped, maxLabeled, threshold, maxRounds, sets } = settings;
  const slots = slotsIn(context.parameters);
  const count = maxBootstrapped * Math.min(sets, 4);
  const material = await gatherMaterial(slots, { threshold, maxRounds, count }, context);
  const choices = slots.map((slot) => {
    const own = material.get(slot.name) ?? { bootstrapped: [], labeled: [] };
    const sizes = { maxBootstrapped, maxLabeled, max: slot.max };
    const ownSets =
      sets === 1
        ? [setOf(own.bootstrapped, own, sizes, context.rng)]
        : demonstrationSets(own, sizes, sets, context.rng);
    return [slot.name, ownSets] as const;
  });
  const counts = [...material.values()].map(({ bootstrapped }) => bootstrapped.length);
  const parents = [context.candidates()[0]?.id as string];
  const added = await context.add(
    Array.from({ length: sets }, (_, at) => ({
      values: Object.fromEntries(choices.map(([name, ownSets]) => [name, ownSets[at]])),
      parents,
      origin: "bootstrap",
      reasoning: `Demonstrations from ${counts.join(", ")} good runs.`,
    })),
  );
  const candidates = added.map(({ candidate }) => candidate?.id).filter((id) => id !== undefined);
  await context.evaluate([...new Set(candidates)].map((candidate) => ({ candidate })));
}
