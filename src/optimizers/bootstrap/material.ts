/**
 * Gathers what demonstrations are made of: runs of the starting artifact on training examples that went well, and
 * labels.
 */

import { shuffled } from "../../util/rng.ts";
import type { SearchContext } from "../search/search.ts";
import type { DemonstrationsSlot } from "./demonstrations.ts";
import type { Material } from "./sets.ts";
import { type Bootstrapped, bootstrappedOf, isJson } from "./traces.ts";

/** How runs are gathered. */
export interface Gathering {
  /** The lowest score of a run that is shown as an example. */
  readonly threshold: number;
  /** How many demonstrations are wanted; no more examples are run than it takes. */
  readonly wanted: number;
  /** How often an example that did not go well is tried again. */
  readonly maxRounds: number;
}

/**
 * The material for each slot. The teacher is the starting artifact: it runs on training examples, a few at a time,
 * until enough runs went well or all examples have been tried `maxRounds` times.
 */
export async function gathered(
  slots: readonly DemonstrationsSlot[],
  { threshold, wanted, maxRounds }: Gathering,
  context: SearchContext,
): Promise<ReadonlyMap<string, Material>> {
  const found = new Map<string, Bootstrapped[]>(slots.map(({ name }) => [name, []]));
  const teacher = context.candidates()[0]?.id as string;
  const done = new Set<string>();
  for (let round = 0; round < maxRounds; round++) {
    const open = shuffled(context.train, context.rng).filter((id) => !done.has(id));
    for (let at = 0; at < open.length && done.size < wanted; at += wanted) {
      const [rollouts = []] = await context.run([{ candidate: teacher, examples: open.slice(at, at + wanted) }]);
      for (const rollout of rollouts) {
        if (!((rollout.outcome.score ?? Number.NEGATIVE_INFINITY) >= threshold)) continue;
        done.add(rollout.outcome.exampleId);
        for (const slot of slots) {
          const shown = bootstrappedOf(rollout, slot, context);
          if (shown !== undefined) found.get(slot.name)?.push(shown);
        }
      }
    }
  }
  return new Map(
    slots.map((slot) => [slot.name, { bootstrapped: found.get(slot.name) ?? [], labeled: labels(slot, context) }]),
  );
}

/** Training examples as they are, for demonstrations of the whole candidate; there are no labels for calls inside. */
function labels({ of }: DemonstrationsSlot, context: SearchContext): readonly Bootstrapped[] {
  if (of !== undefined) return [];
  return context.train
    .map((exampleId) => {
      const { input, target } = context.example(exampleId);
      return { exampleId, shown: { input, output: target } };
    })
    .filter(({ shown }) => shown.output !== undefined && isJson(shown));
}
