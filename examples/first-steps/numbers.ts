/**
 * Numbers: two parameters of a formula are fitted to measurements. No model is asked: a local search proposes them.
 *
 *   npx tsx --conditions=@tracegrad/source examples/first-steps/numbers.ts
 */

import { batch, bundle, parameter, train } from "tracegrad";
import { split } from "tracegrad/data";
import { code } from "tracegrad/guides";
import { localSearch, space } from "tracegrad/optimizers";
import { resultText } from "tracegrad/report";

console.log("Mode: local search. Nothing is asked, all runs now.\n");

// Any value can be a parameter, not only text and code.
const start = parameter(20, { name: "start", doc: "The temperature of the cup at first, in °C." });
const loss = parameter(0.5, { name: "loss", doc: "The share of its warmth that the cup loses in a minute." });

/** Newton's law of cooling, in a room of 20 °C. */
const temperature = bundle(function temperature(minute: number, start: number, loss: number): number {
  return 20 + (start - 20) * Math.exp(-loss * minute);
});

// What a thermometer showed: 90 °C at first, and a loss of 5 % a minute, read with errors of up to half a degree.
const readings = [
  [0, 90.2],
  [1, 86.3],
  [2, 83.8],
  [4, 77.1],
  [5, 74.7],
  [7, 69.6],
  [9, 64.4],
  [10, 62.8],
  [12, 58.2],
  [15, 53.4],
  [17, 49.6],
  [20, 46.1],
  [25, 39.8],
  [30, 35.9],
  [40, 29.3],
  [50, 25.9],
] as const;

const run = train({
  agent: (minute: number) => temperature(minute, start, loss),
  guide: code((_minute: number, said: number, read: number) => -Math.abs(said - read)),
  // Every other reading of three is learned from; the rest choose and test.
  data: split(
    readings.map(([input, target]) => ({ input, target })),
    { train: 8, validation: 4, shuffle: 1 },
  ),
  optimizer: localSearch([start, loss], {
    space: { start: space.number({ min: 20, max: 100 }), loss: space.number({ min: 0.001, max: 1 }) },
    seed: 1,
  }),
  template: batch(8),
  budget: { steps: 300 },
  failureScore: -100,
  test: true,
});

export const result = await run.result;
console.log(resultText(result));
console.log(`Learned: ${start.data.toFixed(1)} °C at first, a loss of ${(100 * loss.data).toFixed(1)} % a minute.`);
