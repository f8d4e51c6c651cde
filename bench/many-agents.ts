/**
 * How near to the ideal many agents run at once, with models that only take time: 64 agents at growing concurrency
 * (P15), and one step of a search, 148 calls, one after the other and 64 at once (P16). Everything but the models'
 * latency is real.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { bundle, type Node, ParameterState, parameter, trace, withParameters } from "tracegrad";
import { add } from "tracegrad/operators";
import { scripted } from "tracegrad/testing";
import { journaledCalls } from "../src/training/journal/calls.ts";
import { openRun } from "../src/training/journal/folder.ts";
import { atPath, intercepted } from "../src/util/external-call.ts";
import { mapLimited } from "../src/util/limit.ts";

const quick = process.argv.includes("--quick");
const latency = quick ? 50 : 500;

const model = scripted(async () => {
  await sleep(latency);
  return "4";
});
const offset = parameter(1, { name: "offset" });
const ask = bundle(async function ask(x: number): Promise<number> {
  const { text } = await model.generate({ messages: [{ role: "user", content: String(x) }] });
  return Number(text);
});

/** An agent of ten traced operations and `calls` model calls, one after the other. */
async function agent(input: number, calls: number): Promise<Node<number>> {
  let value: Node<number> = add(input, offset);
  for (let call = 0; call < calls; call++) value = await ask(value);
  for (let step = 0; step < 9; step++) value = add(value, offset);
  return value;
}

/** Seconds that `work` takes with at most `concurrency` calls under way, through the interceptor that a run uses. */
async function seconds(concurrency: number, work: () => Promise<unknown>): Promise<number> {
  const store = await openRun(undefined, {});
  const calls = journaledCalls(store, { concurrency });
  const start = performance.now();
  await intercepted(calls.intercept, work);
  const taken = (performance.now() - start) / 1000;
  await store.close();
  return taken;
}

const agents = Array.from({ length: 64 }, (_, index) => index);
const everyAgent = () =>
  mapLimited(agents, agents.length, (index) => atPath(`agent ${index}`, () => trace(() => agent(index, 1))));

const examples = Array.from({ length: 8 }, (_, index) => index);
const base = ParameterState.of([offset]);

/** Scores a candidate on the validation examples: 8 runs of 3 calls. */
function validate(candidate: number, state: ParameterState): Promise<unknown> {
  return mapLimited(examples, examples.length, (index) =>
    atPath(`candidate ${candidate}/${index}`, () => withParameters(state, () => trace(() => agent(index, 3)))),
  );
}

/** One step of a search: 8 forwards, 4 proposals from them, 5 candidates scored; the incumbent beside the forwards. */
async function searchStep(): Promise<void> {
  const incumbent = validate(0, base);
  await mapLimited(examples, examples.length, (index) =>
    atPath(`forward ${index}`, () => trace(() => agent(index, 3))),
  );
  const proposed = [1, 2, 3, 4].map(async (candidate) => {
    await atPath(`proposal ${candidate}`, () => trace(() => agent(candidate, 1)));
    await validate(candidate, base.set([[offset, candidate + 1]]));
  });
  await Promise.all([incumbent, ...proposed]);
}

console.log(`64 agents of one ${latency} ms call:`);
let worst = 1;
for (const concurrency of [1, 2, 4, 8, 16, 32, 64]) {
  const ideal = (Math.ceil(64 / concurrency) * latency) / 1000;
  const taken = await seconds(concurrency, everyAgent);
  worst = Math.min(worst, ideal / taken);
  console.log(
    `  at ${String(concurrency).padStart(2)}: ${taken.toFixed(2)} s, ideal ${ideal.toFixed(2)} s, ${((100 * ideal) / taken).toFixed(1)}%`,
  );
}
const alone = await seconds(1, searchStep);
const together = await seconds(64, searchStep);
console.log(
  `A search step of 148 calls: ${alone.toFixed(2)} s one by one, ${together.toFixed(2)} s at 64: ${(alone / together).toFixed(1)} times faster.`,
);
console.log(`Goals: at least 97 % of the ideal (worst ${(100 * worst).toFixed(1)}%), at least 20 times faster.`);
// Short calls leave less room for what is not waiting: the quick form only tells that it works.
if (!quick && (worst < 0.9 || alone / together < 18)) process.exitCode = 1;
