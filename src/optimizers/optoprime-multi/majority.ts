/** The majority among proposals: how unlike two of them are, and the middle of the largest group of similar ones. */

import { stableStringify } from "../../util/json.ts";
import type { Problem, Variable } from "../problem.ts";
import type { MultiCandidate } from "./candidate.ts";

/** Proposals at most this far apart count as similar. */
const maxDistance = 0.2;

/**
 * The medoid of the largest group: the one among it that is least unlike the others. A group is all that are similar to
 * one of the candidates; of equally large groups the closest is taken, and then the first. Undefined when there are no
 * candidates.
 */
export function majorityOf<C extends MultiCandidate>(candidates: readonly C[], problem: Problem): C | undefined {
  const distances = candidates.map((one) => candidates.map((other) => distanceOf(one, other, problem)));
  const spread = (index: number, group: readonly number[]) =>
    group.reduce((sum, other) => sum + (distances[index]?.[other] ?? 0), 0);
  const groups = candidates.map((_, index) => {
    const members = [...candidates.keys()].filter((other) => (distances[index]?.[other] ?? 1) <= maxDistance);
    return { members, spread: spread(index, members) };
  });
  const [largest] = groups.toSorted((a, b) => b.members.length - a.members.length || a.spread - b.spread);
  const members = largest?.members ?? [];
  const [medoid] = members.toSorted((a, b) => spread(a, members) - spread(b, members));
  return medoid === undefined ? undefined : candidates[medoid];
}

/**
 * How unlike the values are that two proposals lead to, from 0 (equal) to 1: that of the variable where they differ
 * most.
 */
export function distanceOf(one: MultiCandidate, other: MultiCandidate, { variables }: Problem): number {
  return Math.max(0, ...variables.map((variable) => valueDistance(valueIn(one, variable), valueIn(other, variable))));
}

function valueIn({ proposal }: MultiCandidate, { parameter, value }: Variable): unknown {
  const update = proposal.updates.find((candidate) => candidate.parameter === parameter);
  return update === undefined ? value : update.value;
}

/**
 * Numbers by their relative difference, text by its edits, all else by the edits of its JSON; truth values are equal or
 * not.
 */
function valueDistance(one: unknown, other: unknown): number {
  if (typeof one === "string" && typeof other === "string") return editDistance(one, other);
  if (typeof one === "number" && typeof other === "number") {
    return one === other ? 0 : Math.min(1, Math.abs(one - other) / Math.max(Math.abs(one), Math.abs(other)));
  }
  if (typeof one === "boolean" && typeof other === "boolean") return one === other ? 0 : 1;
  return editDistance(stableStringify(one), stableStringify(other));
}

/** The most cells of a table of edits: some milliseconds. */
const maxCells = 4_000_000;

/**
 * The share of a text that must be edited to make another of it, from 0 to 1: the Levenshtein distance divided by the
 * longer length. It counts characters; in long texts that differ in long parts, lines; where even those are too many,
 * it is 1.
 */
export function editDistance(one: string, other: string): number {
  if (one === other) return 0;
  return shareOfEdits([...one], [...other]) ?? shareOfEdits(one.split("\n"), other.split("\n")) ?? 1;
}

function shareOfEdits(one: readonly string[], other: readonly string[]): number | undefined {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start++;
  let end = 0;
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  const [a, b] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  if (a.length * b.length > maxCells) return undefined;
  return edits(a, b) / Math.max(one.length, other.length);
}

/** The Levenshtein distance, by rows. */
function edits(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, item] of a.entries()) {
    const next = [index + 1];
    for (let at = 1; at <= b.length; at++) {
      const replaced = (row[at - 1] as number) + (item === b[at - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[at] as number) + 1, (next[at - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
