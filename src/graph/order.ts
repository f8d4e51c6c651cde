/** Which nodes a graph has, and in which order: walks over parents with an explicit stack. */

import type { Node } from "../nodes/node.ts";

/**
 * A piece of history: what `root` depends on. Nodes with an id below `since` are inputs; what made them is left out.
 */
export interface GraphPart {
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
 * Collects the nodes of all parts, each once, parents before children: each node as soon as its parents are there,
 * which are looked at in the order of their inputs. That is an order in which a program could have run, and it depends
 * on what went where alone, not on which of two concurrent calls came back first: the same run gives the same prompt. A
 * node that is cut in one part and reached in another is not cut. Every root is the output or leads to it. Time and
 * memory are linear in nodes and edges, and n log n in parts.
 */
export function collect(output: Node, parts: readonly GraphPart[]): Collected {
  const cut = cutOf(parts);
  const walk = ++lastWalk;
  const nodes: Node[] = [];
  const stack: Node[] = [output];
  // Which of its parents each node on the stack looks at next.
  const next: number[] = [0];
  output.mark = walk;
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    const depth = stack.length - 1;
    const parents = cut.size > 0 && cut.has(node) ? none : node.parents;
    let index = next[depth] as number;
    while (index < parents.length && (parents[index] as Node).mark === walk) index += 1;
    if (index < parents.length) {
      const parent = parents[index] as Node;
      parent.mark = walk;
      next[depth] = index + 1;
      stack.push(parent);
      next.push(0);
    } else {
      nodes.push(node);
      stack.pop();
      next.pop();
    }
  }
  return { nodes, cut };
}

const none: readonly Node[] = [];

/** The nodes whose own history lies outside all parts. */
function cutOf(parts: readonly GraphPart[]): ReadonlySet<Node> {
  const cut = new Set<Node>();
  // Ids begin at 1: nothing is older, so there is nothing to cut.
  if (parts.every(({ since }) => since <= 1)) return cut;
  const walk = ++lastWalk;
  const stack: Node[] = [];
  // The part that looks back farthest goes first: what it has seen, no other part could see more of.
  for (const { root, since } of parts.toSorted((a, b) => a.since - b.since)) {
    stack.push(root);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.mark === walk) continue;
      node.mark = walk;
      if (node.parents.length === 0) continue;
      if (node.id < since) cut.add(node);
      else for (const parent of node.parents) if (parent.mark !== walk) stack.push(parent);
    }
  }
  return cut;
}
