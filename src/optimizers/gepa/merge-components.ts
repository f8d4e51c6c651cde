/**
 * GEPA's merge (Agrawal et al. 2025): two good candidates with a common ancestor become one that takes each component
 * from the side that changed it.
 */

import { type Ancestry, ancestorsOf } from "../../math/lineage.ts";
import { sampleIndex } from "../../math/weighted-sample.ts";
import { encode } from "../../util/encode.ts";
import { TracegradError } from "../../util/errors.ts";
import { stableStringify } from "../../util/json.ts";
import { type Rng, shuffled } from "../../util/rng.ts";

/** The values of a candidate by component. */
export type Components = Readonly<Record<string, unknown>>;

/** What a merge is chosen from. */
export interface MergePool {
  readonly parents: Ancestry;
  readonly values: ReadonlyMap<string, Components>;
  /** Aggregate scores, larger being better. */
  readonly scores: ReadonlyMap<string, number>;
}

/** Two candidates, the older first, and a common ancestor. */
export interface MergeTriple {
  readonly first: string;
  readonly second: string;
  readonly ancestor: string;
}

/** The merges so far, so that none is repeated. JSON; it starts as {@link noMerges}. */
export interface MergeLog {
  readonly triples: readonly MergeTriple[];
  /** Which side each component came from, one text for each merge. */
  readonly descriptions: readonly string[];
}

/** The log before the first merge. */
export const noMerges: MergeLog = { triples: [], descriptions: [] };

/** Two candidates that could be merged, and the common ancestors that allow it. */
export interface MergeablePair {
  readonly first: string;
  readonly second: string;
  readonly ancestors: readonly string[];
}

/** A merged candidate, not yet judged. */
export interface Merge {
  readonly triple: MergeTriple;
  readonly values: Components;
  /** For each component, the candidate whose version it has. */
  readonly sources: Readonly<Record<string, string>>;
  /** The log with this merge in it. */
  readonly log: MergeLog;
}

/**
 * All pairs of the given candidates that can be merged: neither came from the other, and they have a common ancestor
 * that scores no higher than either, was not used for them before, and from which exactly one side changed some
 * component.
 *
 * @param candidates Usually the non-dominated ones.
 * @throws TracegradError `bad-merge` when a candidate lacks values, a score, or a component that another has.
 */
export function mergeablePairs(
  candidates: readonly string[],
  pool: MergePool,
  log: MergeLog,
): readonly MergeablePair[] {
  const age = new Map([...pool.parents.keys()].map((candidate, at) => [candidate, at]));
  const ordered = [...new Set(candidates)].sort((a, b) => (age.get(a) ?? 0) - (age.get(b) ?? 0));
  const before = new Map(ordered.map((candidate) => [candidate, ancestorsOf(candidate, pool.parents)]));
  const ancestors = (candidate: string) => before.get(candidate) as ReadonlySet<string>;
  const used = new Set(log.triples.map((triple) => tripleKey(triple)));
  const pairs: MergeablePair[] = [];
  for (const [at, first] of ordered.entries()) {
    for (const second of ordered.slice(at + 1)) {
      if (ancestors(first).has(second) || ancestors(second).has(first)) continue;
      const common = [...ancestors(first)].filter((one) => ancestors(second).has(one));
      const fit = common.filter((ancestor) => {
        const triple = { first, second, ancestor };
        return !used.has(tripleKey(triple)) && isWorthMerging(triple, pool);
      });
      if (fit.length > 0) pairs.push({ first, second, ancestors: fit });
    }
  }
  return pairs;
}

function tripleKey({ first, second, ancestor }: MergeTriple): string {
  return JSON.stringify([first, second, ancestor]);
}

/** The ancestor is no better than either, and exactly one side changed some component. */
function isWorthMerging(triple: MergeTriple, pool: MergePool): boolean {
  const { first, second, ancestor } = triple;
  const score = scoreOf(ancestor, pool);
  if (score > scoreOf(first, pool) || score > scoreOf(second, pool)) return false;
  return componentsOf(triple, pool).some(({ a, i, j }) => (a === i || a === j) && i !== j);
}

/**
 * The merged values: a component that one side changed comes from that side; one that both changed, from the one with
 * the higher score (at random when the scores are equal); a component that is equal in both stays.
 * @throws TracegradError `bad-merge` when a candidate lacks values, a score, or a component that another has.
 */
export function mergeComponents(
  triple: MergeTriple,
  pool: MergePool,
  rng: Rng,
): { readonly values: Components; readonly sources: Readonly<Record<string, string>> } {
  const { first, second } = triple;
  const lead = scoreOf(first, pool) - scoreOf(second, pool);
  const sources = componentsOf(triple, pool).map(({ name, a, i, j }): [string, string] => {
    if (i === j || a === j) return [name, first];
    if (a === i) return [name, second];
    if (lead === 0) return [name, rng.integer(2) === 0 ? first : second];
    return [name, lead > 0 ? first : second];
  });
  const values = sources.map(([name, source]): [string, unknown] => [name, valuesOf(source, pool)[name]]);
  return { values: Object.fromEntries(values), sources: Object.fromEntries(sources) };
}

/** What {@link proposeMerge} needs beside the pool. */
export interface MergeOptions {
  readonly log: MergeLog;
  readonly rng: Rng;
  /** Whether enough examples were judged with both; GEPA asks for 5. Default: always. */
  readonly overlaps?: (first: string, second: string) => boolean;
}

/**
 * A new merge of two of the candidates, at random; its ancestor in proportion to the scores. Undefined when there is
 * none. GEPA samples pairs up to a hundred times and may miss one that exists. Here each pair is tried once, in random
 * order, so that all pairs are as likely and none is missed.
 * @throws TracegradError `bad-merge` when a candidate lacks values, a score, or a component that another has.
 */
export function proposeMerge(candidates: readonly string[], pool: MergePool, options: MergeOptions): Merge | undefined {
  const { log, rng, overlaps = () => true } = options;
  const known = new Set(log.descriptions);
  for (const { first, second, ancestors } of shuffled(mergeablePairs(candidates, pool, log), rng)) {
    if (!overlaps(first, second)) continue;
    const triple = { first, second, ancestor: sampleAncestor(ancestors, pool, rng) };
    const { values, sources } = mergeComponents(triple, pool, rng);
    const description = stableStringify([first, second, sources]);
    if (known.has(description)) continue;
    const after = { triples: [...log.triples, triple], descriptions: [...log.descriptions, description] };
    return { triple, values, sources, log: after };
  }
  return undefined;
}

/** In proportion to the scores; each equally likely when none is above 0. */
function sampleAncestor(ancestors: readonly string[], pool: MergePool, rng: Rng): string {
  const weights = ancestors.map((ancestor) => Math.max(0, scoreOf(ancestor, pool)));
  const hasWeight = weights.some((weight) => weight > 0);
  return ancestors[hasWeight ? sampleIndex(weights, rng) : rng.integer(ancestors.length)] as string;
}

function scoreOf(candidate: string, pool: MergePool): number {
  const score = pool.scores.get(candidate);
  if (score !== undefined && !Number.isNaN(score)) return score;
  throw new TracegradError("bad-merge", `Candidate "${candidate}" has no score. Give one for each, ancestors too.`);
}

function valuesOf(candidate: string, pool: MergePool): Components {
  const values = pool.values.get(candidate);
  if (values) return values;
  throw new TracegradError("bad-merge", `Candidate "${candidate}" has no values. Give them for each, ancestors too.`);
}

/** The three versions of each component, as texts that are equal for equal values. */
function componentsOf(
  triple: MergeTriple,
  pool: MergePool,
): readonly { name: string; a: string; i: string; j: string }[] {
  const names = Object.keys(valuesOf(triple.ancestor, pool));
  const version = (candidate: string, name: string) => {
    const values = valuesOf(candidate, pool);
    if (Object.hasOwn(values, name) && Object.keys(values).length === names.length) {
      return stableStringify(encode(values[name]));
    }
    throw new TracegradError(
      "bad-merge",
      `Candidates "${candidate}" and "${triple.ancestor}" do not have the same components. ` +
        "All candidates of a pool do.",
    );
  };
  const { ancestor, first, second } = triple;
  return names.map((name) => ({ name, a: version(ancestor, name), i: version(first, name), j: version(second, name) }));
}
