/** Several objectives at once: which scores dominate others, and in what order the rest follows. */

import { TracegradError } from "../util/errors.ts";
import { preview } from "../util/preview.ts";

/** An objective, by the name of its measurement. */
export interface Objective {
  readonly name: string;
  readonly goal: "maximize" | "minimize";
}

/** Measurements by the name of their objective. Other names are ignored. */
export type ObjectiveScores = Readonly<Record<string, number>>;

/**
 * Refuses invalid objectives.
 * @throws TracegradError `bad-objective` for no objectives, a repeated name, or another goal.
 */
function requireObjectives(objectives: readonly Objective[]): void {
  if (objectives.length === 0) throw new TracegradError("bad-objective", "There is no objective. Give at least one.");
  const names = new Set<string>();
  for (const { name, goal } of objectives) {
    if (names.has(name)) throw new TracegradError("bad-objective", `Two objectives are named "${name}". Rename one.`);
    names.add(name);
    if (goal !== "maximize" && goal !== "minimize") {
      throw new TracegradError(
        "bad-objective",
        `"${name}": the goal is "maximize" or "minimize", not ${preview(goal)}.`,
      );
    }
  }
}

/**
 * The scores in the order of the objectives, with signs such that larger is better. A missing measurement counts as the
 * worst, -Infinity, so that nothing is gained by not measuring.
 * @throws TracegradError `bad-score` for a score that is not a finite number, `bad-objective`.
 */
export function oriented(scores: ObjectiveScores, objectives: readonly Objective[]): number[] {
  requireObjectives(objectives);
  return objectives.map(({ name, goal }) => {
    if (!Object.hasOwn(scores, name) || scores[name] === undefined) return Number.NEGATIVE_INFINITY;
    const score = scores[name];
    if (!Number.isFinite(score)) {
      throw new TracegradError(
        "bad-score",
        `The score "${name}" is ${preview(score)}, not a finite number. Leave out what was not measured.`,
      );
    }
    // Subtracted rather than negated, so that a cost of 0 does not become -0.
    return goal === "maximize" ? score : 0 - score;
  });
}

/** Whether `a` is better somewhere and worse nowhere; both as {@link oriented} gives them. */
function dominatesOriented(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, at) => value >= (b[at] as number)) && a.some((value, at) => value > (b[at] as number));
}

/**
 * Whether `a` is better than `b` in one objective and worse in none. A missing measurement counts as the worst.
 * @throws TracegradError `bad-score`, `bad-objective`.
 */
export function dominates(a: ObjectiveScores, b: ObjectiveScores, objectives: readonly Objective[]): boolean {
  return dominatesOriented(oriented(a, objectives), oriented(b, objectives));
}

/**
 * The items that no other dominates, in their order. Items with equal scores are on the front together.
 * @throws TracegradError `bad-score`, `bad-objective`.
 */
export function paretoFront<T>(
  items: readonly T[],
  scoresOf: (item: T) => ObjectiveScores,
  objectives: readonly Objective[],
): readonly T[] {
  const points = items.map((item) => oriented(scoresOf(item), objectives));
  return items.filter((_, at) => !points.some((other) => dominatesOriented(other, points[at] as number[])));
}

/**
 * Non-dominated sorting: rank 0 is the front, rank 1 the front of the rest without it, and so on.
 * @returns A rank for each of `scores`, in their order.
 * @throws TracegradError `bad-score`, `bad-objective`.
 */
export function paretoRanks(scores: readonly ObjectiveScores[], objectives: readonly Objective[]): number[] {
  const points = scores.map((one) => oriented(one, objectives));
  const result = points.map(() => -1);
  let left = [...points.keys()];
  for (let rank = 0; left.length > 0; rank++) {
    const isDominated = (at: number) =>
      left.some((other) => dominatesOriented(points[other] as number[], points[at] as number[]));
    const now = left.filter((at) => !isDominated(at));
    for (const at of now) result[at] = rank;
    left = left.filter((at) => result[at] === -1);
  }
  return result;
}
