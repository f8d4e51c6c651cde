/** Several rollouts as what a proposal learns from: one learning graph with its credit. */

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
  /** The graph to draw: that of the first lesson. */
  readonly graph: Graph;
}

/**
 * The credit of some rollouts, without leaving signals anywhere. All experiences make one batch, unless the run has a
 * template of its own. Undefined when there is nothing to learn from.
 */
export async function learningOf(
  rollouts: readonly Rollout[],
  template: LearningTemplate | undefined,
): Promise<LearningBatch | undefined> {
  const experiences = rollouts.flatMap((rollout) => rollout.experiences);
  if (experiences.length === 0) return undefined;
  const lessons = await lessonsOf(template ?? batch(experiences.length), experiences);
  const waiting = new Map<Parameter, Signal[]>();
  for (const { graph, feedback } of lessons) {
    for (const [parameter, signal] of credit(graph, feedback).signals) {
      const signals = waiting.get(parameter);
      if (signals === undefined) waiting.set(parameter, [signal]);
      else signals.push(signal);
    }
  }
  const joined = creditBehind(waiting);
  const graph = lessons[0]?.graph;
  return joined === undefined || graph === undefined ? undefined : { credit: joined, graph };
}

async function lessonsOf(
  template: LearningTemplate,
  experiences: readonly Experience[],
): Promise<readonly LearningItem[]> {
  const lessons: LearningItem[] = [];
  for await (const lesson of template.stream(experiences)) lessons.push(lesson);
  return lessons;
}
