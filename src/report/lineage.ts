/** Where the programs of a lineage graph stand: in layers by generation, children near their parents. */

import { append } from "../util/collections.ts";
import type { CandidateView } from "./run-view.ts";

/** A program with its place: how many generations it is from the start, and where it is in its layer. */
export interface LineageNode {
  readonly program: CandidateView;
  /** 0 is the starting artifact; a program is one further than the furthest of its parents. */
  readonly generation: number;
  /** From 0 up; neighbours of a layer are at least 1 apart. */
  readonly along: number;
}

/** From a parent to a child, by their places in the list of nodes. */
export interface LineageEdge {
  readonly parent: number;
  readonly child: number;
}

/** A lineage as a graph. */
export interface Lineage {
  /** In the order in which the programs came. */
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/**
 * The lineage of `programs`, which are in the order in which they came. Parents that are not among them have no edges.
 */
export function lineageOf(programs: readonly CandidateView[]): Lineage {
  const places = new Map(programs.map(({ id }, index) => [id, index]));
  const edges = programs.flatMap(({ parents }, child) =>
    [...new Set(parents)]
      .map((id) => places.get(id))
      // A parent was there before its child: anything else would be a circle.
      .filter((parent) => parent !== undefined && parent < child)
      .map((parent) => ({ parent: parent as number, child })),
  );
  const generations: number[] = programs.map(() => 0);
  for (const { parent, child } of edges) {
    generations[child] = Math.max(generations[child] as number, (generations[parent] as number) + 1);
  }
  const along = placesAlong(layersOf(generations), edges);
  const nodes = programs.map((program, index) => ({
    program,
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

/** How often the layers are put in order again: more changes little. */
const sweeps = 4;

/** Orders each layer by where its neighbours are, down and up in turn; then sets the places from the top down. */
function placesAlong(layers: readonly number[][], edges: readonly LineageEdge[]): number[] {
  const along: number[] = [];
  for (const layer of layers) for (const [place, node] of layer.entries()) along[node] = place - layer.length / 2;
  const parents = neighbours(edges, "child", "parent");
  const children = neighbours(edges, "parent", "child");
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const [order, near] = sweep % 2 === 0 ? [layers, parents] : [[...layers].reverse(), children];
    for (const layer of order) settle(layer, along, near);
  }
  for (const layer of layers) settle(layer, along, parents);
  const least = along.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return along.map((place) => place - least);
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

/** Moves the nodes of a layer as near to the middle of their neighbours as it goes with 1 between them. */
function settle(layer: readonly number[], along: number[], near: ReadonlyMap<number, readonly number[]>): void {
  const wish = new Map(
    layer.map((node) => {
      const around = near.get(node) ?? [node];
      return [node, around.reduce((sum, other) => sum + (along[other] as number), 0) / around.length];
    }),
  );
  const wished = (node: number): number => wish.get(node) as number;
  const order = [...layer].sort((a, b) => wished(a) - wished(b) || a - b);
  let next = Number.NEGATIVE_INFINITY;
  for (const node of order) {
    along[node] = Math.max(wished(node), next);
    next = (along[node] as number) + 1;
  }
  // Crowded nodes were all pushed one way: the layer as a whole goes back.
  const pushed = order.reduce((sum, node) => sum + (along[node] as number) - wished(node), 0) / order.length;
  for (const node of order) along[node] = (along[node] as number) - pushed;
}
