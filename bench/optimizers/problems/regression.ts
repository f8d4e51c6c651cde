/** OPRO's linear regression: find the weight and the bias behind points, one point at a time. */

import { parameter } from "tracegrad";
import { add, multiply } from "tracegrad/operators";
import { seeded } from "../../../src/util/rng.ts";
import { type Family, rounded, scoreOfLoss, taskOf } from "../problem.ts";
import { numberOf, type Prompt } from "../prompt.ts";
import { real, within } from "../spaces.ts";

const points = { train: 6, validation: 4, exam: 10 };

/** Shares the error of a point among weight and bias, as least squares would (Kaczmarz's step). */
function told(prompt: Prompt): Readonly<Record<string, number>> | undefined {
  const [, side, by] = /The output is too (low|high) by ([\d.e-]*\d)/.exec(prompt.feedback) ?? [];
  const x = Number(/multiply\(x=(-?[\d.]+\d|-?\d), /.exec(prompt.sections["Code"] ?? "")?.[1] ?? inputOf(prompt));
  const [w, b] = [numberOf(prompt, "w"), numberOf(prompt, "b")];
  if (side === undefined || Number.isNaN(x) || w === undefined || b === undefined) return undefined;
  const error = (side === "low" ? 1 : -1) * Number(by);
  const constraint = prompt.variables[0]?.constraint;
  return { w: within(constraint, w + (error * x) / (x * x + 1)), b: within(constraint, b + error / (x * x + 1)) };
}

/** The point, as the prompt shows it among the inputs. */
function inputOf({ sections }: Prompt): number {
  return Number(/^\(number\) \w+ = (-?[\d.]+)/m.exec(sections["Inputs"] ?? "")?.[1] ?? Number.NaN);
}

export const regression: Family = {
  name: "regression",
  about: "OPRO's linear regression: a weight and a bias behind points; words tell the error at one point.",
  moves: { told },
  problem(seed, { noise = 0 } = {}) {
    const rng = seeded(`regression/${seed}`);
    // The first problem is the one of the paper.
    const [weight, bias] = seed === 0 ? [15, 14] : [rng.integer(41) - 20, rng.integer(41) - 20];
    const [startW, startB] = [rng.integer(41) - 20, bias === 20 ? -20 : bias + 1 + rng.integer(20 - bias)];
    const count = points.train + points.validation + points.exam;
    const rows = Array.from({ length: count }, (_, index) => {
      const input = rounded(((index * 7) % count) / 4 - 2.5 + rng.float() / 8);
      return { input, target: rounded(weight * input + bias, 6) };
    });
    return {
      name: `regression/${weight}x${bias < 0 ? "" : "+"}${bias}/${seed}`,
      family: "regression",
      optimum: 1,
      best: { w: weight, b: bias },
      make() {
        const w = parameter(startW, { name: "w", ...real(-50, 50) });
        const b = parameter(startB, { name: "b", ...real(-50, 50) });
        return taskOf({
          agent: (x: number) => add(multiply(x, w), b),
          parameters: [w, b],
          guide: (_input, output: number, target: number) => {
            const off = rounded(target - output, 6);
            const text = off === 0 ? "Right." : `The output is too ${off > 0 ? "low" : "high"} by ${Math.abs(off)}.`;
            return { score: scoreOfLoss(Math.abs(off)), text };
          },
          rows,
          parts: { train: points.train, validation: points.validation },
          noise: { seed: `regression/${seed}`, size: noise },
        });
      },
    };
  },
};
