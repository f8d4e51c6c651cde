/** What a proposal learns from: learning items made from several rollouts, one update each. */

import { type Credit, credit } from "../../graph/credit.ts";
import type { ParameterUpdate } from "../../nodes/commit.ts";
import type { Proposal } from "../../optimizers/algorithm.ts";
import type { Rollout } from "../../optimizers/search/search.ts";
import { droppedField } from "../../optimizers/suggestion.ts";
import { batch } from "../../templates/batch.ts";
import { inLockstep } from "../../templates/side-by-side.ts";
import type { Experience, LearningItem, LearningTemplate } from "../../templates/template.ts";
import { isPerfect } from "../guides/max-score.ts";

/**
 * The learning items of some rollouts, in order. All experiences form one batch, unless the run has a template: then
 * episodes are taken side by side, without those that had the highest score.
 */
export async function itemsOf(
  rollouts: readonly Rollout[],
  { template, maxScore }: { readonly template: LearningTemplate | undefined; readonly maxScore: number | undefined },
): Promise<readonly LearningItem[]> {
  const used = template === undefined ? rollouts : rollouts.filter(({ outcome }) => !isPerfect(outcome, maxScore));
  const runs = used.map((rollout): readonly Experience[] => rollout.experiences);
  const count = runs.reduce((sum, { length }) => sum + length, 0);
  if (count === 0) return [];
  const areEpisodes = template !== undefined && runs.some((run) => run.some(({ end }) => end !== undefined));
  const items: LearningItem[] = [];
  const stream = (template ?? batch(count)).stream(areEpisodes ? inLockstep(runs) : runs.flat());
  for await (const item of stream) items.push(item);
  return items;
}

/** Whether feedback on an item can reach a trainable parameter. */
export function isLearnable({ graph }: LearningItem): boolean {
  return graph.parameters.some(({ trainable }) => trainable);
}

/** The credit of an item, without delivering signals to parameters; its values are those after the updates so far. */
export function creditOn({ graph, feedback }: LearningItem, updates: readonly ParameterUpdate[]): Credit {
  const given = credit(graph, feedback);
  const values = new Map(updates.map(({ parameter, value }) => [parameter, value]));
  if (values.size === 0) return given;
  const signals = [...given.signals].map(([parameter, signal]) => {
    const isUpdated = values.has(parameter);
    return [parameter, isUpdated ? { ...signal, value: values.get(parameter) } : signal] as const;
  });
  return { ...given, signals: new Map(signals) };
}

/** Several proposals, each on the values of the one before, as one: of each parameter the last value. */
export function joinProposals(proposals: readonly Proposal[]): Proposal {
  const [first, ...others] = proposals as readonly [Proposal, ...Proposal[]];
  if (others.length === 0) return first;
  const latest = new Map(proposals.flatMap(({ updates }) => updates).map((update) => [update.parameter, update]));
  return {
    updates: [...latest.values()],
    reasoning: proposals
      .map(({ reasoning }) => reasoning)
      .filter((text) => text !== "")
      .join("\n\n"),
    refused: proposals.flatMap(({ refused }) => refused),
    ...droppedField(proposals.flatMap(({ dropped = [] }) => dropped)),
    exchanges: proposals.flatMap(({ exchanges }) => exchanges),
    notes: proposals.flatMap(({ notes = [] }) => notes),
  };
}
