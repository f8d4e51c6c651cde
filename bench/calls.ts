/** What one traced call costs: operators, bundles, asynchronous bundles, recording off, many agents at once. */

import { bundle, type Node, node, trace, untraced } from "tracegrad";
import { add } from "tracegrad/operators";
import { bytesOf, timeOf } from "./clock.ts";
import { plainChain } from "./floor.ts";

type Step = (x: Node<number>, y: Node<number>) => Node<number>;

const operations = 1_000;

const plus: Step = bundle((x: number, y: number) => x + y, { name: "plus" });
const plusAsync = bundle(async (x: number, y: number) => x + y, { name: "plusAsync" });

function chainOf(step: Step, size: number): Node<number> {
  const one = node(1);
  let x = one;
  for (let index = 0; index < size; index++) x = step(x, one);
  return x;
}

/** Nanoseconds for each of `size` operations in episodes of 1,000, each dropped before the next. */
function dropped(size: number, episode: () => unknown): number {
  const episodes = Math.ceil(size / operations);
  const run = (count: number) => {
    let last: unknown;
    for (let index = 0; index < count; index++) last = episode();
    return last;
  };
  run(Math.min(episodes, 20));
  return (timeOf(() => run(episodes)) * 1e6) / (episodes * operations);
}

const each = (size: number, milliseconds: number) => (milliseconds * 1e6) / size;

export const floorDropped = (size: number): number => dropped(size, () => plainChain(operations));
export const operatorDropped = (size: number): number => dropped(size, () => trace(() => chainOf(add, operations)));
export const bundleDropped = (size: number): number => dropped(size, () => trace(() => chainOf(plus, operations)));

/** Nanoseconds for each of `size` operations that are all kept, after a short warm-up. */
function retained(size: number, make: (size: number) => unknown): number {
  for (let round = 0; round < 20; round++) make(operations);
  return each(
    size,
    timeOf(() => make(size)),
  );
}

export const floorRetained = (size: number): number => retained(size, plainChain);
export const operatorRetained = (size: number): number => retained(size, (count) => chainOf(add, count));
export const bundleRetained = (size: number): number => retained(size, (count) => chainOf(plus, count));

export const floorBytes = (size: number): number => bytesOf(() => plainChain(size)) / size;
export const operatorBytes = (size: number): number => bytesOf(() => chainOf(add, size)) / size;
export const bundleBytes = (size: number): number => bytesOf(() => chainOf(plus, size)) / size;

/** Nanoseconds a call of a plain function on plain values. */
export function plainCalls(size: number): number {
  const call = (x: number, y: number) => x + y;
  const run = (count: number) => {
    let last = 0;
    for (let index = 0; index < count; index++) last = call(index, 1);
    return last;
  };
  run(size / 10);
  return each(
    size,
    timeOf(() => run(size)),
  );
}

/** Nanoseconds a call of a bundle on plain values with recording off. */
export function untracedCalls(size: number): number {
  const call = plus as unknown as (x: number, y: number) => Node<number>;
  const run = (count: number) =>
    untraced(() => {
      let last: unknown;
      for (let index = 0; index < count; index++) last = call(index, 1);
      return last;
    });
  run(size / 10);
  return each(
    size,
    timeOf(() => run(size)),
  );
}

/** Nanoseconds a call of a plain asynchronous function that is awaited. */
export async function plainAwaits(size: number): Promise<number> {
  const call = async (x: number, y: number) => x + y;
  const run = async (count: number) => {
    let x = 0;
    for (let index = 0; index < count; index++) x = await call(x, 1);
    return x;
  };
  return await awaited(size, run);
}

/** Nanoseconds a call of an asynchronous bundle that is awaited inside a trace. */
export async function tracedAwaits(size: number): Promise<number> {
  const run = (count: number) =>
    trace(async () => {
      const one = node(1);
      let x: Node<number> = one;
      for (let index = 0; index < count; index++) x = await plusAsync(x, one);
      return x;
    });
  return await awaited(size, run);
}

async function awaited(size: number, run: (count: number) => Promise<unknown>): Promise<number> {
  await run(Math.ceil(size / 10));
  const start = performance.now();
  await run(size);
  return each(size, performance.now() - start);
}

/**
 * Seconds of processor time for `size` agents in flight at once, each with ten traced calls around a wait of 500 ms.
 */
export async function agents(size: number): Promise<number> {
  const model = bundle(
    async (x: number) => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      return x + 1;
    },
    { name: "model" },
  );
  const agent = async () => await model(chainOf(add, 9));
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: size }, () => trace(agent)));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
