/** Puts independent graphs side by side: one learning graph whose output lists theirs. */

import { type Graph, LearningGraph } from "../graph/graph.ts";
import { Node } from "../nodes/node.ts";
import { operator } from "../nodes/operation.ts";
import { TracegradError } from "../util/errors.ts";

const operation = operator("batchify", ["item"], "Lists the outputs of independent runs, by index.", true);

/**
 * The batch of independent graphs: G = batchify(g1, …, gB). Its output lists theirs, and feedback is given for each of them
 * or for all together. Members may be failed runs and learning graphs, so templates nest. Nothing is copied.
 * Source: the paper's appendix D.3.
 * @throws TracegradError `empty-batch` when there are no graphs.
 */
export function batchify<T>(graphs: Iterable<Graph<T>>): LearningGraph<readonly (T | undefined)[]> {
  const members = [...graphs] as readonly Graph[];
  if (members.length === 0) throw new TracegradError("empty-batch", "A batch needs at least one graph; got none.");
  const outputs = members.map((member) => member.output as Node);
  const values = members.map((member) => member.value) as (T | undefined)[];
  const output = new Node(operation, values, outputs);
  const parts = [...members.flatMap((member) => member.parts), { root: output as Node, since: output.id }];
  return new LearningGraph<readonly (T | undefined)[]>(output, members, { parts, batched: true });
}
