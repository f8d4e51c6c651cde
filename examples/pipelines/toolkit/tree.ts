/** Grows one regression tree over binned features: the part that boosting and the forest share. */

import type { Matrix } from "./matrix.ts";

/** A tree as lists: node 0 is the root, a node without a feature (-1) is a leaf. */
export interface Tree {
  /** The feature that a node looks at; -1 for a leaf. */
  readonly feature: readonly number[];
  /** Rows with a value up to this go left. */
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** What a leaf gives. */
  readonly value: readonly number[];
}

/** Features as bins, feature after feature: `bins[feature * rows + row]`. */
export interface Binned {
  readonly rows: number;
  readonly width: number;
  readonly bins: Uint8Array;
  /** For each feature the upper edges of its bins but the last. */
  readonly edges: readonly Float64Array[];
}

/** What decides the shape of a tree. */
export interface TreeLimits {
  readonly depth: number;
  /** The fewest rows in a leaf. */
  readonly minLeaf: number;
  /** Added to the sum of the second derivatives of a leaf: shrinks its value. */
  readonly lambda: number;
  /** The features that a split may use, drawn anew for each node. */
  readonly features: () => Iterable<number>;
}

/** The first and the second derivatives of the loss, by row. */
export interface Slopes {
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
}

const maxBins = 255;

/** Bins by value where a feature has at most 255 of them, else with about equally many rows. */
export function binFeatures(x: Matrix, width: number): Binned {
  const rows = x.length;
  const bins = new Uint8Array(width * rows);
  const edges = Array.from({ length: width }, (_, feature) => {
    const values = Float64Array.from(x, (row) => row[feature] as number);
    const found = edgesOf(values);
    for (let row = 0; row < rows; row++) bins[feature * rows + row] = binOf(found, values[row] as number);
    return found;
  });
  return { rows, width, bins, edges };
}

function edgesOf(values: Float64Array): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const distinct = sorted.filter((value, at) => at === 0 || value !== sorted[at - 1]);
  if (distinct.length <= maxBins) {
    return distinct.subarray(1).map((value, at) => middle(distinct[at] as number, value));
  }
  const edges = Float64Array.from({ length: maxBins - 1 }, (_, at) => {
    const place = ((at + 1) / maxBins) * (sorted.length - 1);
    return middle(sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number);
  });
  return edges.filter((edge, at) => at === 0 || edge !== edges[at - 1]);
}

function middle(low: number, high: number): number {
  return low + (high - low) / 2;
}

/** The bin of a value: the number of edges that are below it. */
function binOf(edges: Float64Array, value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const at = (low + high) >>> 1;
    if ((edges[at] as number) < value) low = at + 1;
    else high = at;
  }
  return low;
}

/** Grows a tree for the rows that makes the loss least, to second order. */
export function growTree(data: Binned, slopes: Slopes, rows: Int32Array, limits: TreeLimits): Tree {
  const tree = { feature: [] as number[], threshold: [] as number[], left: [] as number[], right: [] as number[] };
  const value: number[] = [];
  const grow = (some: Int32Array, depth: number): number => {
    const node = value.length;
    const [gradient, hessian] = sumOf(slopes, some);
    value.push(-gradient / (hessian + limits.lambda));
    tree.feature.push(-1);
    for (const list of [tree.threshold, tree.left, tree.right]) list.push(0);
    const split = depth < limits.depth ? bestSplit(data, slopes, some, { ...limits, gradient, hessian }) : undefined;
    if (split === undefined) return node;
    const [left, right] = divide(data, some, split);
    tree.feature[node] = split.feature;
    tree.threshold[node] = (data.edges[split.feature] as Float64Array)[split.bin] as number;
    tree.left[node] = grow(left, depth + 1);
    tree.right[node] = grow(right, depth + 1);
    return node;
  };
  grow(rows, 0);
  return { ...tree, value };
}

/** What a tree gives for a row. */
export function treeValue(tree: Tree, row: readonly number[]): number {
  let node = 0;
  while ((tree.feature[node] as number) >= 0) {
    const goesLeft = (row[tree.feature[node] as number] as number) <= (tree.threshold[node] as number);
    node = (goesLeft ? tree.left[node] : tree.right[node]) as number;
  }
  return tree.value[node] as number;
}

function sumOf({ gradients, hessians }: Slopes, rows: Int32Array): readonly [number, number] {
  let [gradient, hessian] = [0, 0];
  for (let at = 0; at < rows.length; at++) {
    gradient += gradients[rows[at] as number] as number;
    hessian += hessians[rows[at] as number] as number;
  }
  return [gradient, hessian];
}

interface Split {
  readonly feature: number;
  /** The last bin that goes left. */
  readonly bin: number;
}

type NodeLimits = TreeLimits & { readonly gradient: number; readonly hessian: number };

const sums = new Float64Array(2 * 256);
const counts = new Int32Array(256);

function bestSplit(data: Binned, slopes: Slopes, rows: Int32Array, limits: NodeLimits): Split | undefined {
  if (rows.length < 2 * limits.minLeaf) return undefined;
  const { gradient, hessian, lambda, minLeaf } = limits;
  let best: Split | undefined;
  let most = gradient ** 2 / (hessian + lambda) + 1e-9 * (1 + Math.abs(gradient));
  const own = gather(slopes, rows);
  for (const feature of limits.features()) {
    const bins = (data.edges[feature] as Float64Array).length + 1;
    if (bins < 2) continue;
    sums.fill(0, 0, 2 * bins);
    counts.fill(0, 0, bins);
    fillHistogram(data, own, rows, feature);
    let [g, h, n] = [0, 0, 0];
    for (let bin = 0; bin < bins - 1; bin++) {
      g += sums[2 * bin] as number;
      h += sums[2 * bin + 1] as number;
      n += counts[bin] as number;
      if (n < minLeaf) continue;
      if (rows.length - n < minLeaf) break;
      const gain = g ** 2 / (h + lambda) + (gradient - g) ** 2 / (hessian - h + lambda);
      if (gain > most) [most, best] = [gain, { feature, bin }];
    }
  }
  return best;
}

/** The slopes of some rows side by side, since each feature reads them all. */
function gather({ gradients, hessians }: Slopes, rows: Int32Array): Slopes {
  const own = { gradients: new Float64Array(rows.length), hessians: new Float64Array(rows.length) };
  for (let at = 0; at < rows.length; at++) {
    own.gradients[at] = gradients[rows[at] as number] as number;
    own.hessians[at] = hessians[rows[at] as number] as number;
  }
  return own;
}

function fillHistogram(data: Binned, { gradients, hessians }: Slopes, rows: Int32Array, feature: number): void {
  const bins = data.bins.subarray(feature * data.rows, (feature + 1) * data.rows);
  const [into, tally] = [sums, counts];
  for (let at = 0; at < rows.length; at++) {
    const bin = bins[rows[at] as number] as number;
    into[2 * bin]! += gradients[at] as number;
    into[2 * bin + 1]! += hessians[at] as number;
    tally[bin]!++;
  }
}

function divide(data: Binned, rows: Int32Array, { feature, bin }: Split): readonly [Int32Array, Int32Array] {
  const start = feature * data.rows;
  const parts = [new Int32Array(rows.length), new Int32Array(rows.length)] as const;
  const lengths = [0, 0];
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    const side = (data.bins[start + row] as number) <= bin ? 0 : 1;
    parts[side][lengths[side]!++] = row;
  }
  return [parts[0].subarray(0, lengths[0]), parts[1].subarray(0, lengths[1])];
}
