/** Parents of nodes that are put together by hand: from JSON, or out of graphs. */

import type { Node } from "./node.ts";

/** Gives a node its parents even where nothing is recorded. */
export function withParents<N extends Node>(node: N, parents: readonly Node[]): N {
  return Object.assign(node, { parents });
}
