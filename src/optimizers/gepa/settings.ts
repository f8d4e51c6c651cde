/** What can be chosen about GEPA, checked, with the defaults filled in. */

import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";
import { requirePositive } from "../../util/require.ts";
import { type Gate, strict } from "../gate.ts";
import type { FrontKind } from "./instance-fronts.ts";

/** How the candidate to rewrite is drawn from the pool. */
export type GepaParent = "pareto" | "best" | { readonly epsilon: number } | { readonly topK: number };

/** Options of `gepa`. */
export interface GepaOptions {
  /** Training examples a proposal learns from and is first judged on. Default: 3, as in the paper. */
  readonly minibatchSize?: number;
  /**
   * What has a Pareto front of its own: each example (`instance`, the paper's), each objective, both (`hybrid`), or
   * each objective on each example (`cartesian`). All but the first need the run's `objectives`. Default: `instance`.
   */
  readonly frontKind?: FrontKind;
  /** How parents are drawn. Default: `pareto`, in proportion to the fronts that a candidate is on. */
  readonly parent?: GepaParent;
  /** Which parameters a proposal may rewrite: one after the other, candidate by candidate (default), or all at once. */
  readonly components?: "roundRobin" | "all";
  /**
   * Which children are worth the whole validation set, by their scores on their minibatch against their parent's.
   * Default: `strict()`, as in the paper: cheap, and wrong for an equal child about a third of the time, so it decides
   * only what is explored; what is shipped is decided by the run's `acceptance`.
   */
  readonly gate?: Gate;
  /** Parents a round, and proposals a parent, each from a minibatch of its own, all at once. Default: 1 and 1. */
  readonly parallel?: { readonly parents?: number; readonly proposals?: number };
  /** Which of a round's children that pass the gate go on: all (default), the best, or the best so many. */
  readonly keep?: "all" | "best" | { readonly topK: number };
  /**
   * The most accepted merges of two candidates with a common ancestor; 0 for none. They need two parameters. Default:
   * 5.
   */
  readonly maxMerges?: number;
  /** Validation examples that a merged candidate is first judged on. Default: 5. */
  readonly mergeSampleSize?: number;
}

const names: NamesOf<GepaOptions> = {
  ...{ minibatchSize: true, frontKind: true, parent: true, components: true, gate: true },
  ...{ parallel: true, keep: true, maxMerges: true, mergeSampleSize: true },
};
const parallelNames: NamesOf<NonNullable<GepaOptions["parallel"]>> = { parents: true, proposals: true };

/** The options with their defaults. */
export type GepaSettings = Required<Omit<GepaOptions, "parallel">> & {
  readonly parents: number;
  readonly proposals: number;
};

/** Checks the options. Throws TracegradError `bad-option`. */
export function gepaSettings(options: GepaOptions): GepaSettings {
  requireKnown("gepa", options, names);
  const { parents, proposals } = parallelOf(options);
  const { minibatchSize = 3, maxMerges = 5, mergeSampleSize = 5 } = options;
  for (const [name, value] of Object.entries({ minibatchSize, mergeSampleSize, parents, proposals })) {
    requirePositive(name, value);
  }
  requirePositive("maxMerges", maxMerges, { zero: true });
  const {
    frontKind = "instance",
    components = "roundRobin",
    parent = "pareto",
    keep = "all",
    gate = strict(),
  } = options;
  oneOf("frontKind", frontKind, ["instance", "objective", "hybrid", "cartesian"]);
  oneOf("components", components, ["roundRobin", "all"]);
  if (typeof parent === "object" && "topK" in parent) requirePositive("parent.topK", parent.topK);
  else if (typeof parent === "object") requireChance(parent.epsilon);
  else oneOf("parent", parent, ["pareto", "best"]);
  if (typeof keep === "object") requirePositive("keep.topK", keep.topK);
  else oneOf("keep", keep, ["all", "best"]);
  return { minibatchSize, maxMerges, mergeSampleSize, frontKind, components, parent, keep, gate, parents, proposals };
}

function parallelOf({ parallel = {} }: GepaOptions): { readonly parents: number; readonly proposals: number } {
  requireKnown("`parallel` of gepa", parallel, parallelNames);
  const { parents = 1, proposals = 1 } = parallel;
  return { parents, proposals };
}

function oneOf(name: string, value: unknown, known: readonly string[]): void {
  if (typeof value === "string" && known.includes(value)) return;
  throw new TracegradError("bad-option", `\`${name}\` is one of ${known.join(", ")}; got ${preview(value)}.`);
}

function requireChance(epsilon: unknown): void {
  if (typeof epsilon === "number" && epsilon >= 0 && epsilon <= 1) return;
  throw new TracegradError("bad-option", `\`parent.epsilon\` is a chance from 0 to 1; got ${preview(epsilon)}.`);
}
