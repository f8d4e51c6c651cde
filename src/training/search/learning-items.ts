/** What a proposal learns from: one learning graph with its credit, made from several rollouts. */

import { type Credit, credit } from "../../graph/credit.ts";
import type { Graph } from "../../graph/graph.ts";
import { joinCredits } from "../../graph/join.ts";
import type { Rollout } from "../../optimizers/search/search.ts";
import { batch } from "../../templates/batch.ts";
import type { Experience, LearningItem, LearningTemplate } from "../../templates/template.ts";

/** What a proposal learns from. */
export interface LearningBatch {
  readonly credit: Credit;
  /** The graph to draw: that of the first learning item. */
  readonly graph: Graph;
}

/**
 * The credit of some rollouts, without delivering signals to parameters. All experiences form one batch, unless the run
 * has a template. Undefined when there is nothing to learn from.
 */
export async function learningOf(
  rollouts: readonly Rollout[],
  template: LearningTemplate | undefined,
): Promise<LearningBatch | undefined> {
  const experiences = rollouts.flatMap((rollout) => rollout.experiences);
  if (experiences.length === 0) return undefined;
  const items = await itemsOf(template ?? batch(experiences.length), experiences);
  const joint = joinCredits(items.map(({ graph, feedback }) => credit(graph, feedback)));
  const graph = items[0]?.graph;
  return joint === undefined || graph === undefined ? undefined : { credit: joint, graph };
}

async function itemsOf(
  template: LearningTemplate,
  experiences: readonly Experience[],
): Promise<readonly LearningItem[]> {
  const items: LearningItem[] = [];
  for await (const item of template.stream(experiences)) items.push(item);
  return items;
}
