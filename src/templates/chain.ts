/** Puts the steps of an episode one after the other, and cuts what lies before the credit horizon. */

import { type Graph, LearningGraph } from "../graph/graph.ts";
import type { GraphPart } from "../graph/order.ts";
import { Node } from "../nodes/node.ts";
import { operator } from "../nodes/operation.ts";
import { withParents } from "../nodes/parents.ts";
import { TracegradError } from "../util/errors.ts";

/** Options of {@link chain}. */
export interface ChainOptions {
  /** The credit horizon: how many of the last steps are kept. Default: all. 1 is the last step alone. */
  readonly horizon?: number;
}

const step = operator(
  "environment_step",
  ["state", "action"],
  "The environment goes on from the state with the output of the next run.",
);

/**
 * The episode g1 → … → gT. Where the input of a step was made from the output of the step before (an environment step
 * over nodes), that link is the chain; where steps were traced on plain values, an `environment_step` node links their
 * outputs. What is older than the horizon is cut as in truncated back-propagation through time: the state carried over
 * the cut stays as an input node. Feedback is given on the end of the episode. Source: the paper's appendices D.3 and
 * D.5.
 * @throws TracegradError `empty-chain` when there are no graphs, `bad-horizon` when the horizon is not a positive
 * integer.
 */
export function chain<T>(graphs: Iterable<Graph<T>>, options: ChainOptions = {}): LearningGraph<T> {
  const all = [...graphs];
  const { horizon = all.length } = options;
  if (all.length === 0) throw new TracegradError("empty-chain", "A chain needs at least one graph; got none.");
  if (!Number.isInteger(horizon) || horizon < 1) {
    throw new TracegradError("bad-horizon", `The horizon is a number of steps, at least 1; got ${horizon}.`);
  }
  const members = all.slice(-horizon) as Graph[];
  const [first, ...later] = members as [Graph, ...Graph[]];
  const cut = members.length < all.length;
  const since = sinceOf(first, all.at(-horizon - 1));
  const from = (part: GraphPart) => (part.cut === true ? Math.max(part.since, since) : since);
  const parts: GraphPart[] = members.flatMap(({ parts }) =>
    parts.map((part) => ({ root: part.root, since: from(part), cut: cut || part.cut === true })),
  );
  let [state, previous] = [first.output, first];
  for (const member of later) {
    // A manual link is continued manually: the episode so far would be lost otherwise.
    const linked = state === previous.output && isLinked(previous, member, since);
    state = linked ? member.output : withParents(new Node(step, member.value), [state, member.output]);
    if (!linked) parts.push({ root: state, since: state.id, cut: true });
    previous = member;
  }
  return new LearningGraph(state as Node<T>, members, { parts, batched: false });
}

/**
 * Where the first step that is kept begins. Ids grow with time, so what is older lies beyond the horizon, for every
 * step. A graph that does not know when its run began, begins after the output it went on from.
 */
function sinceOf(first: Graph, before: Graph | undefined): number {
  const since = first.parts.reduce((least, part) => Math.min(least, part.since), Infinity);
  if (since > 0 || before === undefined || before.output.id >= first.output.id) return since;
  return isLinked(before, first, since) ? before.output.id + 1 : since;
}

/** Whether `later` depends on the output of `earlier`: looks back from it, no further than that output. */
function isLinked(earlier: Graph, later: Graph, since: number): boolean {
  const goal = earlier.output;
  const oldest = Math.max(goal.id, since);
  const stack: Node[] = [later.output];
  const seen = new Set<Node>(stack);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node === goal) return true;
    for (const parent of node.parents) {
      if (parent.id < oldest || seen.has(parent)) continue;
      seen.add(parent);
      stack.push(parent);
    }
  }
  return false;
}
