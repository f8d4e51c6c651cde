/** Two-dimensional landscapes with directional verbal feedback, after the optimization tasks of LLF-Bench. */

import { bundle, parameter } from "tracegrad";
import { seeded } from "../../../src/util/rng.ts";
import { between, type Family, instance, rounded, scoreOfLoss, taskOf } from "../problem.ts";
import { numberOf, type Prompt } from "../prompt.ts";
import { real, within } from "../spaces.ts";

interface Landscape {
  readonly name: string;
  readonly range: number;
  readonly minimum: readonly [x: number, y: number];
  readonly height: (x: number, y: number) => number;
}

const { cos, sin, PI } = Math;

/** The eight functions; of several equal minima one is named. */
const landscapes: readonly Landscape[] = [
  { name: "Booth", range: 10, minimum: [1, 3], height: (x, y) => (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2 },
  { name: "Matyas", range: 10, minimum: [0, 0], height: (x, y) => 0.26 * (x * x + y * y) - 0.48 * x * y },
  { name: "Rosenbrock", range: 2, minimum: [1, 1], height: (x, y) => 100 * (y - x * x) ** 2 + (1 - x) ** 2 },
  {
    name: "SixHumpCamel",
    range: 3,
    minimum: [0.089842, -0.712656],
    height: (x, y) => (4 - 2.1 * x * x + x ** 4 / 3) * x * x + x * y + (-4 + 4 * y * y) * y * y,
  },
  {
    name: "ThreeHumpCamel",
    range: 5,
    minimum: [0, 0],
    height: (x, y) => 2 * x * x - 1.05 * x ** 4 + x ** 6 / 6 + x * y + y * y,
  },
  {
    name: "McCormick",
    range: 3,
    minimum: [-0.547198, -1.547198],
    height: (x, y) => sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1,
  },
  {
    name: "Bohachevsky",
    range: 50,
    minimum: [0, 0],
    height: (x, y) => x * x + 2 * y * y - 0.3 * cos(3 * PI * x) - 0.4 * cos(4 * PI * y) + 0.7,
  },
  { name: "RotatedHyperEllipsoid", range: 60, minimum: [0, 0], height: (x, y) => 2 * x * x + y * y },
];

/** How far a coordinate is off, with one digit: a direction and a size, not the answer. */
function off(name: string, now: number, right: number): string {
  const by = Number(Math.abs(right - now).toPrecision(1));
  return by < 1e-6 ? `${name} is right.` : `${name} is too ${now < right ? "low" : "high"} by about ${by}.`;
}

/** Moves each coordinate by what was said of it. */
function told(prompt: Prompt): Readonly<Record<string, number>> | undefined {
  const changes: Record<string, number> = {};
  for (const [, name = "", side, by] of prompt.feedback.matchAll(/(\w+) is too (low|high) by about ([\d.e-]*\d)/g)) {
    const now = numberOf(prompt, name);
    if (now === undefined) continue;
    const constraint = prompt.variables.find((variable) => variable.name === name)?.constraint;
    changes[name] = within(constraint, now + (side === "low" ? 1 : -1) * Number(by));
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

export const landscape: Family = {
  name: "landscape",
  about: "Minima of eight functions of two numbers; words tell the direction and roughly the distance.",
  moves: { told },
  problem(seed, { noise = 0 } = {}) {
    const { name, range, minimum, height } = landscapes[seed % landscapes.length] as Landscape;
    const rng = seeded(`landscape/${seed}`);
    const [startX, startY] = [rounded(between(rng, -range, range), 2), rounded(between(rng, -range, range), 2)];
    const lowest = height(...minimum);
    return {
      name: `landscape/${name}/${seed}`,
      family: "landscape",
      optimum: 1,
      best: { x: minimum[0], y: minimum[1] },
      make() {
        const x = parameter(startX, { name: "x", ...real(-range, range) });
        const y = parameter(startY, { name: "y", ...real(-range, range) });
        const measure = bundle((x: number, y: number) => ({ x, y, height: height(x, y) }), {
          name: "measure",
          doc: "The height of the landscape at a place.",
        });
        return taskOf({
          agent: () => measure(x, y),
          parameters: [x, y],
          guide: (_input, output) => ({
            score: scoreOfLoss(Math.max(0, output.height - lowest)),
            text: `The height is ${rounded(output.height)}; less is better. ${off("x", output.x, minimum[0])} ${off("y", output.y, minimum[1])}`,
          }),
          rows: instance(undefined as unknown, noise).map(({ input }) => ({ input, target: lowest })),
          noise: { seed: `landscape/${seed}`, size: noise },
        });
      },
    };
  },
};
