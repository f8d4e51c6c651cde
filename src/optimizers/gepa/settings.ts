/** GEPA's options, with their defaults and checks. */

import type { Json } from "../../util/decode.ts";
import {
  count,
  group,
  must,
  type OptionCheck,
  type OptionTable,
  oneOf,
  probability,
  recordSettings,
  resolveOptions,
} from "../../util/options.ts";
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

const frontKinds: OptionCheck<FrontKind> = oneOf("instance", "objective", "hybrid", "cartesian");

const table = {
  minibatchSize: [3, count()],
  frontKind: ["instance", frontKinds],
  parent: ["pareto", parentRule],
  components: ["roundRobin", oneOf("roundRobin", "all")],
  gate: [strict(), must<Gate>("be a gate, such as strict()", isGate), recordGate],
  parallel: [{}, group({ parents: [1, count()], proposals: [1, count()] })],
  keep: ["all", keepRule],
  maxMerges: [5, count(0)],
  mergeSampleSize: [5, count()],
} satisfies OptionTable<GepaOptions>;

/** The options with their defaults. */
export type GepaSettings = Required<Omit<GepaOptions, "parallel">> & {
  readonly parallel: Required<NonNullable<GepaOptions["parallel"]>>;
};

/** Fills in the defaults. Throws TracegradError `bad-option`. */
export function gepaSettings(options: GepaOptions): GepaSettings {
  return resolveOptions("gepa", options, table);
}

/** The settings for the record of a run. */
export function recordedGepa(settings: GepaSettings): Json {
  return recordSettings(settings, table);
}

function parentRule(name: string, value: unknown, owner: string): GepaParent {
  if (typeof value !== "object" || value === null) return oneOf("pareto", "best")(name, value, owner);
  if ("topK" in value) return { topK: count()(`${name}.topK`, value.topK, owner) };
  const { epsilon } = value as { readonly epsilon?: unknown };
  return { epsilon: probability(`${name}.epsilon`, epsilon, owner) };
}

function keepRule(name: string, value: unknown, owner: string): NonNullable<GepaOptions["keep"]> {
  if (typeof value !== "object" || value === null) return oneOf("all", "best")(name, value, owner);
  return { topK: count()(`${name}.topK`, (value as { readonly topK?: unknown }).topK, owner) };
}

function isGate(value: unknown): boolean {
  return typeof (value as Gate | null)?.passes === "function";
}

function recordGate({ name, settings }: Gate): Json {
  return { name, settings };
}
