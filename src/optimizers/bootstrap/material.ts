/** Gathers the material for demonstrations: successful rollouts of the baseline on training examples, and labels. */

import { shuffled } from "../../util/rng.ts";
import type { SearchContext } from "../search/search.ts";
import type { DemonstrationsSlot } from "./demonstrations.ts";
import type { Material } from "./sets.ts";
import { demonstrationFrom, isJson, type SourcedDemonstration } from "./traces.ts";

/** Which rollouts become demonstrations, and how many. */
export interface GatherOptions {
  /** The lowest score of a rollout that becomes a demonstration. */
  readonly threshold: number;
  /** How many demonstrations to gather; no more examples are run than that takes. */
  readonly count: number;
  /** How often to try an example until its rollout succeeds. */
  readonly maxRounds: number;
}

/**
 * The material for each slot. The baseline runs on training examples, a few at a time, until enough rollouts have
 * succeeded or all examples have been tried `maxRounds` times.
 */
export async function gatherMaterial(
  slots: readonly DemonstrationsSlot[],
  { threshold, count, maxRounds }: GatherOptions,
  context: SearchContext,
): Promise<ReadonlyMap<string, Material>> {
  const found = new Map<string, SourcedDemonstration[]>(slots.map(({ name }) => [name, []]));
  const baseline = context.candidates()[0]?.id as string;
  const done = new Set<string>();
  for (let round = 0; round < maxRounds; round++) {
    const open = shuffled(context.train, context.rng).filter((id) => !done.has(id));
    for (let at = 0; at < open.length && done.size < count; at += count) {
      const [rollouts = []] = await context.run([{ candidate: baseline, examples: open.slice(at, at + count) }]);
      for (const rollout of rollouts) {
        if (!((rollout.outcome.score ?? Number.NEGATIVE_INFINITY) >= threshold)) continue;
        done.add(rollout.outcome.exampleId);
        for (const slot of slots) {
          const demonstration = demonstrationFrom(rollout, slot, context);
          if (demonstration !== undefined) found.get(slot.name)?.push(demonstration);
        }
      }
    }
  }
  return new Map(
    slots.map((slot) => [slot.name, { bootstrapped: found.get(slot.name) ?? [], labeled: labels(slot, context) }]),
  );
}

/** Training examples as they are, for demonstrations of the whole program; calls inside it have no labels. */
function labels({ of }: DemonstrationsSlot, context: SearchContext): readonly SourcedDemonstration[] {
  if (of !== undefined) return [];
  return context.train
    .map((exampleId) => {
      const { input, target } = context.example(exampleId);
      return { exampleId, demonstration: { input, output: target } };
    })
    .filter(({ demonstration }) => demonstration.output !== undefined && isJson(demonstration));
}
