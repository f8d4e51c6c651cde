/**
 * The process that is measured: makes a call untraced and in one other way, in turns, and prints the microseconds of
 * processor time of both. `node job.mjs aiSdk traced CALLS`; `node job.mjs observer CALLS` for what an absent observer of
 * spans costs.
 */

import { emitSpans } from "tracegrad/otel";
import { observed } from "../../src/util/observe.ts";
import { median } from "../clock.ts";
import { aiSdk } from "./ai-sdk.ts";
import { droppingTracer } from "./backends.ts";
import { langGraph } from "./langgraph.ts";
import type { Pair, Prepare, VariantName } from "./variant.ts";

/** Calls in a row, before it is the turn of the other way. */
const turnSize = 25;

const programs = { aiSdk, langGraph } as const;

const [what = "", way = "", size = way] = process.argv.slice(2);
console.log(JSON.stringify(what === "observer" ? absentObserver(Number(size)) : await timePair(Number(size))));

async function timePair(size: number): Promise<Pair> {
  if (!(what in programs)) throw new Error(`There is no program "${what}".`);
  const ways = programs[what as keyof typeof programs];
  const untraced = turnsOf(ways.untraced);
  const traced = turnsOf(ways[way as VariantName]);
  const pairs: Pair[] = [];
  for (let turn = 0; turn * turnSize < size; turn++) {
    const plain = await untraced();
    const stop = way === "spans" ? emitSpans({ tracer: droppingTracer() }) : () => {};
    pairs.push({ untraced: plain, traced: await traced(), ratio: 0 });
    stop();
  }
  // Code is compiled in the first third.
  const late = pairs.slice(Math.floor(pairs.length / 3));
  return {
    untraced: median(late.map((pair) => pair.untraced)),
    traced: median(late.map((pair) => pair.traced)),
    // Of neighbours in time, which the same moment has slowed down.
    ratio: median(late.map((pair) => pair.traced / pair.untraced)),
  };
}

/** Gives what makes the calls of one turn and tells the microseconds of each. */
function turnsOf(prepare: Prepare): () => Promise<number> {
  const call = prepare();
  return async () => {
    const before = process.cpuUsage();
    for (let index = 0; index < turnSize; index++) await call();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / turnSize;
  };
}

/** What `observed` adds to a call while nobody emits spans. */
function absentObserver(size: number): number {
  let sum = 0;
  const work = { kind: "trace" } as const;
  const add = () => (sum += 1);
  const plain = () => repeat(size, add);
  const through = () => repeat(size, () => observed(work, add));
  const [, , bare = Number.NaN, checked = Number.NaN] = [plain, through, plain, through].map((run) => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / size;
  });
  return Math.max(0, checked - bare);
}

function repeat(size: number, work: () => unknown): void {
  for (let index = 0; index < size; index++) work();
}
