/** GEPA's options, with their defaults and checks. */

import { TracegradError } from "../../util/errors.ts";
import { type NamesOf, requireKnown } from "../../util/known-names.ts";
import { preview } from "../../util/preview.ts";
import { requirePositive } from "../../util/require.ts";
import { type Gate, strict } from "../gate.ts";
import type { FrontKind } from "./instance-fronts.ts";

/** How the candidate to rewrite is sampled from the pool. */
export type GepaParent = "pareto" | "best" | { readonly epsilon: number } | { readonly topK: number };

/** Options of `gepa`. */
export interface GepaOptions {
  /** How many training examples a proposal learns from and is evaluated on first. Default: 3, as in the paper. */
  readonly minibatchSize?: number;
  /**
   * What has a Pareto front: each example (`instance`, the paper's), each objective (`objective`), both (`hybrid`), or
   * each objective on each example (`cartesian`). All but the first need the run's `objectives`. Default: `instance`.
   */
  readonly frontKind?: FrontKind;
  /** How parents are sampled. Default: `pareto`, in proportion to the number of fronts that a candidate is on. */
  readonly parent?: GepaParent;
  /** Which parameters a proposal may rewrite: one after the other, candidate by candidate (default), or all at once. */
  readonly components?: "roundRobin" | "all";
  /**
   * Which children are worth the whole validation set, by the difference to their parent's scores on their minibatch.
   * Default: `strict()`, as in the paper: cheap, and wrong for an equal child about a third of the time. So it decides
   * only what is explored; the run's `acceptance` decides what ships.
   */
  readonly gate?: Gate;
  /** Parents in a round, and proposals for each, each from its own minibatch, all at once. Default: 1 and 1. */
  readonly parallel?: { readonly parents?: number; readonly proposals?: number };
  /** Which of the children that pass the gate join the pool: all (default), the best, or the best `topK`. */
  readonly keep?: "all" | "best" | { readonly topK: number };
  /** The most accepted merges of two candidates with a common ancestor; 0 for none. Default: 5. */
  readonly maxMerges?: number;
  /** How many validation examples a merged candidate is evaluated on first. Default: 5. */
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
  else if (typeof parent === "object") requireProbability(parent.epsilon);
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

function requireProbability(epsilon: unknown): void {
  if (typeof epsilon === "number" && epsilon >= 0 && epsilon <= 1) return;
  throw new TracegradError("bad-option", `\`parent.epsilon\` is a probability from 0 to 1; got ${preview(epsilon)}.`);
}
