/** Which nodes a graph has, and in which order: a walk over parents with a stack of its own, then the order in which they ran. */

import type { Node } from "../nodes/node.ts";

/** A piece of history: what `root` depends on. Nodes with an id below `since` are inputs; what made them is left out. */
export interface Part {
  readonly root: Node;
  readonly since: number;
  /** True when a credit horizon ends here: a longer episode around it must not look behind that. */
  readonly cut?: boolean;
}

/** The nodes of some parts, parents before children, and those whose own history was cut off. */
export interface Collected {
  readonly nodes: readonly Node[];
  readonly cut: ReadonlySet<Node>;
}

let lastWalk = 0;

/**
 * Collects the nodes of all parts, each once, in the order in which they ran. A node that is cut in one part and reached in
 * another is not cut. Time and memory are linear in nodes and edges, and n log n in parts.
 */
export function collect(parts: readonly Part[]): Collected {
  const walk = ++lastWalk;
  const nodes: Node[] = [];
  const cut = new Set<Node>();
  const stack: Node[] = [];
  // The part that looks back farthest goes first: what it has seen, no other part could see more of.
  for (const { root, since } of parts.toSorted((a, b) => a.since - b.since)) {
    stack.push(root);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.mark === walk) continue;
      node.mark = walk;
      nodes.push(node);
      if (node.parents.length === 0) continue;
      if (node.id < since) cut.add(node);
      else for (const parent of node.parents) if (parent.mark !== walk) stack.push(parent);
    }
  }
  return { nodes: inOrder(nodes), cut };
}

/** Sorts by id: into buckets when the ids lie close together, as those of one run do, which takes linear time. */
function inOrder(nodes: Node[]): Node[] {
  let [low, high] = [Infinity, 0];
  for (const { id } of nodes) {
    if (id < low) low = id;
    if (id > high) high = id;
  }
  if (high - low > 8 * nodes.length + 1024) return nodes.sort((a, b) => a.id - b.id);
  const places = new Array<Node | undefined>(high - low + 1).fill(undefined);
  for (const node of nodes) places[node.id - low] = node;
  let count = 0;
  for (const node of places) if (node !== undefined) nodes[count++] = node;
  return nodes;
}
