/**
 * A bandit with ten arms that pay with noise: nothing but the payment is said, so arms must be tried, and more than
 * once.
 */

import { bundle, parameter } from "tracegrad";
import { seeded } from "../../../src/util/rng.ts";
import { type Family, instance, taskOf } from "../problem.ts";
import { whole } from "../spaces.ts";

const arms = 10;

export const bandit: Family = {
  name: "bandit",
  about:
    "Which of ten arms pays most, by noisy payments (standard deviation 0.2 unless the dial says otherwise); no words.",
  moves: {},
  problem(seed, { noise = 0.2 } = {}) {
    const rng = seeded(`bandit/${seed}`);
    const pays = Array.from({ length: arms }, () => rng.float());
    const most = Math.max(...pays);
    const best = pays.indexOf(most);
    const start = (best + 1 + rng.integer(arms - 1)) % arms;
    return {
      name: `bandit/${seed}`,
      family: "bandit",
      optimum: 1,
      best: { arm: best },
      make() {
        const arm = parameter(start, { name: "arm", ...whole(0, arms - 1) });
        const pull = bundle((arm: number) => arm, { name: "pull", doc: "Pulls an arm." });
        return taskOf({
          agent: () => pull(arm),
          parameters: arm,
          guide: (_input, output: number) => ({ score: (pays[output] ?? 0) / most, text: `Arm ${output} was pulled.` }),
          rows: instance("the best arm", noise),
          noise: { seed: `bandit/${seed}`, size: noise },
        });
      },
    };
  },
};
