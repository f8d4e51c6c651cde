/** What GEPA itself did in recorded states (see scripts/fixtures/gepa_states.py). */

import { readFileSync } from "node:fs";
import type { FrontKind, ScoredExample } from "../../../src/optimizers/gepa/instance-fronts.ts";

interface FrontCase {
  readonly kind: FrontKind;
  readonly evaluations: readonly (readonly ScoredExample[])[];
  readonly aggregate: readonly number[];
  readonly fronts: readonly { readonly key: unknown; readonly score: number; readonly programs: readonly number[] }[];
  readonly cleaned: readonly (readonly number[])[];
  readonly dominators: readonly number[];
  readonly weights: readonly (readonly [number, number])[];
  readonly best: number;
  readonly k: number;
  readonly topWeights: readonly (readonly [number, number])[] | null;
}

interface MergeCase {
  readonly candidates: readonly Readonly<Record<string, string>>[];
  readonly parents: readonly (readonly number[])[];
  readonly scores: readonly number[];
  readonly used: readonly (readonly [number, number, number])[];
  readonly pairs: readonly {
    readonly pair: readonly [number, number];
    readonly ancestors: readonly number[];
    readonly drawn: readonly (readonly [number, number])[] | null;
  }[];
  readonly merges: readonly { readonly triple: readonly [number, number, number]; readonly values: object }[];
}

interface SubsampleCase {
  readonly first: readonly (readonly [number, number])[];
  readonly second: readonly (readonly [number, number])[];
  readonly draws: readonly { readonly from: readonly number[]; readonly take: number }[];
  readonly chosen: readonly number[];
}

interface SamplerCase {
  readonly size: number;
  readonly steps: readonly {
    readonly n: number;
    readonly iteration: number;
    readonly call: number;
    readonly epoch: number;
    readonly order: readonly number[];
    readonly chosen: readonly number[];
  }[];
}

export const gepa: {
  readonly origin: string;
  readonly fronts: readonly FrontCase[];
  readonly merges: readonly MergeCase[];
  readonly subsamples: readonly SubsampleCase[];
  readonly samplers: readonly SamplerCase[];
} = JSON.parse(readFileSync("test/fixtures/optimizers/gepa.json", "utf8"));
