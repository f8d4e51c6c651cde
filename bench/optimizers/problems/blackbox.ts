/**
 * Numeric black boxes without words, after the evalset and BBOB suites: only a score says how good three numbers are.
 */

import { bundle, parameter } from "tracegrad";
import { seeded } from "../../../src/util/rng.ts";
import { between, type Family, instance, rounded, scoreOfLoss, taskOf } from "../problem.ts";
import { real } from "../spaces.ts";

const { cos, exp, PI, sqrt } = Math;
const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);

/** Losses by the distances to the optimum, 0 there. */
const losses: readonly (readonly [name: string, loss: (offsets: readonly number[]) => number])[] = [
  ["Sphere", (offsets) => sum(offsets.map((z) => z * z))],
  ["Ellipsoid", (offsets) => sum(offsets.map((z, index) => 10 ** index * z * z)) / 10],
  ["Rastrigin", (offsets) => sum(offsets.map((z) => 10 + z * z - 10 * cos(2 * PI * z))) / 10],
  [
    "Ackley",
    (offsets) =>
      20 -
      20 * exp(-0.2 * sqrt(sum(offsets.map((z) => z * z)) / 3)) +
      exp(1) -
      exp(sum(offsets.map((z) => cos(2 * PI * z))) / 3),
  ],
];

export const blackbox: Family = {
  name: "blackbox",
  about: "Three numbers of a shifted sphere, ellipsoid, Rastrigin or Ackley function; no words, only the score.",
  moves: {},
  problem(seed, { noise = 0 } = {}) {
    const [name, loss] = losses[seed % losses.length] as (typeof losses)[number];
    const rng = seeded(`blackbox/${seed}`);
    const place = () => ["a", "b", "c"].map((one) => [one, rounded(between(rng, -4, 4), 2)] as const);
    const [best, start] = [place(), place()];
    return {
      name: `blackbox/${name}/${seed}`,
      family: "blackbox",
      optimum: 1,
      best: Object.fromEntries(best),
      make() {
        const parameters = start.map(([name, value]) => parameter(value, { name, ...real(-5, 5) }));
        const evaluate = bundle((a: number, b: number, c: number) => [a, b, c], { name: "evaluate", doc: "Unknown." });
        const [a, b, c] = parameters as [(typeof parameters)[0], (typeof parameters)[0], (typeof parameters)[0]];
        return taskOf({
          agent: () => evaluate(a, b, c),
          parameters,
          guide: (_input, output: readonly number[], target: readonly number[]) => {
            const score = scoreOfLoss(loss(output.map((value, index) => value - (target[index] as number))));
            return { score, text: `The output has the score ${rounded(score)}.` };
          },
          rows: instance(
            best.map(([, value]) => value),
            noise,
          ),
          noise: { seed: `blackbox/${seed}`, size: noise },
        });
      },
    };
  },
};
