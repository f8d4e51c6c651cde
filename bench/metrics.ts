/** What is measured, with its goal and its gate: a goal is what we want, a gate is what no change may break. */

import type { Job } from "./process.ts";

/** A job at a size. */
export interface Run {
  readonly job: Job;
  readonly size: number;
}

/** One row of the table. */
export interface Metric {
  readonly id: string;
  readonly name: string;
  readonly unit: "x F" | "x" | "B" | "ns" | "µs" | "ms" | "s";
  readonly goal: number;
  readonly gate: number;
  /** What it is compared with in the same round: the floor F, or the same call without tracing. */
  readonly floor: Run;
  readonly runs: readonly Run[];
  /** From the numbers of `runs`, in order, and of `floor` to the figure. */
  readonly figure: (runs: readonly number[], floor: number) => number;
}

const first = ([value = Number.NaN]: readonly number[]): number => value;
const ratio = (runs: readonly number[], floor: number): number => first(runs) / floor;

const million = 1_000_000;
const floorNow: Run = { job: "floorDropped", size: million };

/** A pass over whole graphs, in milliseconds. F beside it says how fast the machine was at that moment. */
function pass(id: string, name: string, run: Run, goal: number, gate: number): Metric {
  return { id, name, unit: "ms", goal, gate, floor: floorNow, runs: [run], figure: first };
}

/** How many times longer it takes for ten times the size: the mean over `decades`. */
function growth(id: string, name: string, job: Job, [from, to]: readonly [number, number], goal: number): Metric {
  const decades = Math.log10(to / from);
  const figure = ([small = Number.NaN, large = Number.NaN]: readonly number[]) => (large / small) ** (1 / decades);
  const runs = [from, to].map((size) => ({ job, size }));
  // Both sizes lie beyond the processor's caches: the step from inside to outside them is no growth of ours.
  return { id, name, unit: "x", goal, gate: Math.max(15, goal), floor: floorNow, runs, figure };
}

/** The cost of single calls, as multiples of F or beside the same call without tracing. */
function calls(quick: boolean): readonly Metric[] {
  const awaits = quick ? 20_000 : 100_000;
  const times = (id: string, name: string, floor: Job, job: Job, gate: number): Metric => ({
    ...{ id, name, unit: "x F", goal: 4, gate, figure: ratio },
    ...{ floor: { job: floor, size: million }, runs: [{ job, size: million }] },
  });
  const bytes = (id: string, name: string, job: Job): Metric => ({
    ...{ id, name, unit: "B", goal: 250, gate: 320, figure: first },
    ...{ floor: { job: "floorBytes", size: million }, runs: [{ job, size: million }] },
  });
  return [
    times("P1", "traced operator, 1,000 episodes of 1,000, dropped", "floorDropped", "operatorDropped", 8),
    times("P1b", "the same, a bundle of two inputs", "floorDropped", "bundleDropped", 8),
    times("P2", "traced operator, 10^6 kept", "floorRetained", "operatorRetained", 6),
    times("P2b", "the same, a bundle of two inputs", "floorRetained", "bundleRetained", 6),
    bytes("P4", "bytes a node of an operator, two inputs", "operatorBytes"),
    bytes("P4b", "bytes a node of a bundle, two inputs", "bundleBytes"),
    {
      ...{ id: "P5", name: "bundle on plain values, recording off: added", unit: "ns", goal: 20, gate: 100 },
      ...{ floor: { job: "plainCalls", size: 3 * million }, runs: [{ job: "untracedCalls", size: 3 * million }] },
      figure: (runs, floor) => first(runs) - floor,
    },
    {
      ...{ id: "P6", name: "awaited bundle: added to a plain await", unit: "µs", goal: 2, gate: 4 },
      ...{ floor: { job: "plainAwaits", size: awaits }, runs: [{ job: "tracedAwaits", size: awaits }] },
      figure: (runs, floor) => (first(runs) - floor) / 1_000,
    },
  ];
}

/** The whole-graph passes. */
function passes(quick: boolean): readonly Metric[] {
  const [chain, share] = quick ? [100_000, 0.1] : [million, 1];
  const text = quick ? 10_000 : 100_000;
  const size = (count: number) => (count >= million ? "10^6" : count >= 100_000 ? "10^5" : "10^4");
  return [
    pass(
      "P7",
      `backward and minimal subgraph, ${size(chain)}`,
      { job: "backward", size: chain },
      250 * share,
      600 * share,
    ),
    growth("P7b", "its growth a decade, 10^5 to 10^6", "backward", [100_000, million], 15),
    pass(
      "P9",
      "one parameter in each of 10^4 steps: backward, prompt",
      { job: "sharedParameter", size: 10_000 },
      20,
      60,
    ),
    pass("P10", "fan-in of 100 graphs of 100: backward, prompt", { job: "fanIn", size: 100 }, 30, 100),
    pass("P11", `prompt of ${size(text)} nodes, no bound`, { job: "prompt", size: text }, 0.003 * text, 0.008 * text),
    growth("P11b", "its growth a decade, 10^4 to 10^5", "prompt", [10_000, 100_000], 12),
    pass(
      "P12",
      `prompt of ${size(text)} nodes in 8,000 tokens`,
      { job: "boundedPrompt", size: text },
      0.003 * text,
      0.008 * text,
    ),
    pass("P13", `DOT of ${size(text)} nodes, all drawn`, { job: "dot", size: text }, 0.005 * text, 0.015 * text),
    pass("P14", "merge of 1,000 graphs of 100", { job: "merge", size: 1_000 }, 40, 120),
    growth("P14b", "its growth a decade, 1,000 to 10,000 graphs", "merge", [1_000, 10_000], 15),
    {
      ...pass("P17", "10,000 agents in flight: processor time", { job: "agents", size: 10_000 }, 0.5, 1.5),
      unit: "s",
    },
  ];
}

/** All metrics; `quick` takes smaller sizes, with goals and gates in proportion. */
export function metricsOf(quick: boolean): readonly Metric[] {
  return [...calls(quick), ...passes(quick)];
}
