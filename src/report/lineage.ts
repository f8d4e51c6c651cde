/** Positions of the candidates in a lineage graph: in layers by generation, children near their parents. */

import { append } from "../util/collections.ts";
import type { CandidateView } from "./run-view.ts";

/** A candidate with its position: how many generations it is from the baseline, and where it is in its layer. */
export interface LineageNode {
  readonly candidate: CandidateView;
  /** 0 is the baseline; a candidate is one further than the furthest of its parents. */
  readonly generation: number;
  /** From 0 up; neighbours of a layer are at least 1 apart. */
  readonly along: number;
}

/** From a parent to a child, by their indices in the list of nodes. */
export interface LineageEdge {
  readonly parent: number;
  readonly child: number;
}

/** A lineage as a graph. */
export interface Lineage {
  /** In the order in which the candidates came. */
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/**
 * The lineage of `candidates`, which are in the order in which they came. Parents that are not among them get no edges.
 */
export function lineageOf(candidates: readonly CandidateView[]): Lineage {
  const indices = new Map(candidates.map(({ id }, index) => [id, index]));
  const edges = candidates.flatMap(({ parents }, child) =>
    [...new Set(parents)]
      .map((id) => indices.get(id))
      // A parent comes before its child: anything else would be a circle.
      .filter((parent) => parent !== undefined && parent < child)
      .map((parent) => ({ parent: parent as number, child })),
  );
  const generations: number[] = candidates.map(() => 0);
  for (const { parent, child } of edges) {
    generations[child] = Math.max(generations[child] as number, (generations[parent] as number) + 1);
  }
  const along = positionsAlong(layersOf(generations), edges);
  const nodes = candidates.map((candidate, index) => ({
    candidate,
    generation: generations[index] as number,
    along: along[index] as number,
  }));
  return { nodes, edges };
}

function layersOf(generations: readonly number[]): number[][] {
  const layers: number[][] = [];
  for (const [node, generation] of generations.entries()) (layers[generation] ??= []).push(node);
  return layers;
}

/** How often the layers are ordered again: more would change little. */
const sweeps = 4;

/** Orders each layer by where its neighbours are, down and up in turn; then sets positions from the top down. */
function positionsAlong(layers: readonly number[][], edges: readonly LineageEdge[]): number[] {
  const along: number[] = [];
  for (const layer of layers) for (const [index, node] of layer.entries()) along[node] = index - layer.length / 2;
  const parents = neighbours(edges, "child", "parent");
  const children = neighbours(edges, "parent", "child");
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const [order, near] = sweep % 2 === 0 ? [layers, parents] : [[...layers].reverse(), children];
    for (const layer of order) centre(layer, along, near);
  }
  for (const layer of layers) centre(layer, along, parents);
  const least = along.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return along.map((position) => position - least);
}

function neighbours(
  edges: readonly LineageEdge[],
  of: keyof LineageEdge,
  to: keyof LineageEdge,
): Map<number, number[]> {
  const lists = new Map<number, number[]>();
  for (const edge of edges) {
    append(lists, edge[of], edge[to]);
  }
  return lists;
}

/** Moves the nodes of a layer as near to the middle of their neighbours as they can be with 1 between them. */
function centre(layer: readonly number[], along: number[], near: ReadonlyMap<number, readonly number[]>): void {
  const wishes = new Map(
    layer.map((node) => {
      const around = near.get(node) ?? [node];
      return [node, around.reduce((sum, other) => sum + (along[other] as number), 0) / around.length];
    }),
  );
  const wish = (node: number): number => wishes.get(node) as number;
  const order = [...layer].sort((a, b) => wish(a) - wish(b) || a - b);
  let next = Number.NEGATIVE_INFINITY;
  for (const node of order) {
    along[node] = Math.max(wish(node), next);
    next = (along[node] as number) + 1;
  }
  // Crowded nodes were all pushed to one side: move the layer back as a whole.
  const pushed = order.reduce((sum, node) => sum + (along[node] as number) - wish(node), 0) / order.length;
  for (const node of order) along[node] = (along[node] as number) - pushed;
}
