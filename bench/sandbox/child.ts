/** Measures one round of the sandbox's bench in a process of its own and prints it as JSON: microseconds by row. */
import { bundle, evaluate } from "tracegrad";
import { exactMatch } from "tracegrad/guides";
import { median } from "../clock.ts";
import { type BenchEngine, benchEngines } from "./engines.ts";
import { type BenchProgram, border, compute, type Doubled } from "./programs.ts";

/** Microseconds of one call of `fn`: the median of some batches. */
function microseconds(times: number, fn: () => unknown): number {
  const figures: number[] = [];
  for (let batch = 0; batch < 5; batch++) {
    const start = performance.now();
    for (let at = 0; at < times; at++) fn();
    figures.push(((performance.now() - start) * 1_000) / times);
  }
  return median(figures);
}

/** Runs a call until V8 has compiled what it needs: for our engine that takes some tenths of a second. */
function warm(times: number, fn: () => unknown): void {
  for (let at = 0; at < times; at++) fn();
}

function callTime(engine: BenchEngine, program: BenchProgram): number {
  const world = engine.open(program);
  warm(2 * program.times, () => world.call(program.args));
  const time = microseconds(program.times, () => world.call(program.args));
  world.close();
  return time;
}

function worldTime(engine: BenchEngine): number {
  const [program] = border as readonly [BenchProgram];
  const run = (): void => {
    const world = engine.open(program);
    world.call(program.args);
    world.close();
  };
  warm(2_000, run);
  return microseconds(500, run);
}

/** Our interpreter and node:vm, whose globals are slow to reach, are no engines for long loops. */
function enginesFor({ fast = false }: BenchProgram): readonly BenchEngine[] {
  return engines.filter(({ name }) => !fast || (name !== "quickjs()" && name !== "node:vm"));
}

/** One of 1,000 calls that are handed over at once. */
function batchTime(engine: BenchEngine): number {
  const [program] = border as readonly [BenchProgram];
  const world = engine.open(program);
  const lists = Array.from({ length: 1_000 }, (_, x) => [x]);
  const run = (): unknown => world.callMany?.(lists);
  warm(3, run);
  const time = microseconds(3, run) / lists.length;
  world.close();
  return time;
}

const untyped = bundle((x: number) => ({ value: x * 2 }), { name: "untyped", trainable: true });
const typed = bundle((x: number): Doubled => ({ value: x * 2 }), { name: "typed", trainable: true });

/** One call of a trainable function in a world of its own, as outside of any run. */
function functionTime(fn: (x: number) => unknown): number {
  warm(5_000, () => fn(21));
  return microseconds(500, () => fn(21));
}

/** What an evaluated example costs, with a function that is trainable or not. */
async function exampleTime(trainable: boolean): Promise<number> {
  const double = bundle((x: number): number => x * 2, { name: "double", trainable });
  const data = Array.from({ length: 2_000 }, (_, x) => ({ input: x, target: x * 2 }));
  const run = async () => {
    const start = performance.now();
    await evaluate({ agent: (x: number) => double(x), data, guide: exactMatch() });
    return ((performance.now() - start) * 1_000) / data.length;
  };
  await run();
  return median([await run(), await run(), await run()]);
}

const engines = benchEngines(process.argv[2]);
const rows: Record<string, Record<string, number>> = {};
rows["a fresh world and one call"] = Object.fromEntries(engines.map((engine) => [engine.name, worldTime(engine)]));
rows["a number in and out, 1,000 at once"] = Object.fromEntries(
  engines.filter(({ takesMany }) => takesMany).map((engine) => [engine.name, batchTime(engine)]),
);
for (const program of [...border, ...compute])
  rows[program.name] = Object.fromEntries(
    enginesFor(program).map((engine) => [engine.name, callTime(engine, program)]),
  );
rows["a trainable function"] = { "quickjs()": functionTime(untyped) };
rows["the same, its result of an imported type"] = { "quickjs()": functionTime(typed) };
const plain = await exampleTime(false);
rows["an evaluated example"] = { "V8, no border but JSON": plain, "quickjs()": await exampleTime(true) };
console.log(JSON.stringify(rows));
