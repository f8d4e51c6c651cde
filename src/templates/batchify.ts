/** Puts independent graphs side by side: one learning graph whose output lists theirs. */

import type { Graph, LearningGraph } from "../graph/graph.ts";
import { joinGraphs } from "../graph/join.ts";
import { TracegradError } from "../util/errors.ts";

/**
 * The batch of independent graphs: G = batchify(g1, …, gB). Its output lists theirs, and feedback is given for each of
 * them or for all together. Members may be failed runs and learning graphs, so templates nest. Nothing is copied.
 * Source: the paper's appendix D.3.
 * @throws TracegradError `empty-batch` when there are no graphs.
 */
export function batchify<T>(graphs: Iterable<Graph<T>>): LearningGraph<readonly (T | undefined)[]> {
  const members = [...graphs];
  if (members.length === 0) throw new TracegradError("empty-batch", "A batch needs at least one graph; got none.");
  return joinGraphs(members) as LearningGraph<readonly (T | undefined)[]>;
}
