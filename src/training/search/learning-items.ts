/** What a proposal learns from: one learning graph with its credit, made from several rollouts. */

import type { Credit, Signal } from "../../graph/credit.ts";
import type { Graph } from "../../graph/graph.ts";
import { creditBehind } from "../../graph/join.ts";
import { credit } from "../../graph/trace.ts";
import type { Parameter } from "../../nodes/parameter.ts";
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
  const waiting = new Map<Parameter, Signal[]>();
  for (const { graph, feedback } of items) {
    for (const [parameter, signal] of credit(graph, feedback).signals) {
      const signals = waiting.get(parameter);
      if (signals === undefined) waiting.set(parameter, [signal]);
      else signals.push(signal);
    }
  }
  const joint = creditBehind(waiting);
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
