/**
 * A grid with walls: a plan of moves must lead to the goal, and words name the first move that does not lead nearer.
 */

import { bundle, parameter } from "tracegrad";
import { type Rng, seeded } from "../../../src/util/rng.ts";
import { type Family, instance, pick, taskOf } from "../problem.ts";
import { type Prompt, shownText } from "../prompt.ts";
import { letters } from "../spaces.ts";

const size = 7;
const moves: Readonly<Record<string, readonly [row: number, column: number]>> = {
  U: [-1, 0],
  D: [1, 0],
  L: [0, -1],
  R: [0, 1],
};

interface Grid {
  readonly walls: ReadonlySet<number>;
  /** Steps to the goal, by cell; the goal is the last cell and the way begins at the first. */
  readonly distance: readonly number[];
}

function stepFrom(cell: number, move: string, walls: ReadonlySet<number>): number {
  const [down, right] = moves[move] as readonly [number, number];
  const [row, column] = [Math.floor(cell / size) + down, (cell % size) + right];
  const next = row * size + column;
  return row < 0 || column < 0 || row >= size || column >= size || walls.has(next) ? cell : next;
}

function distancesTo(goal: number, walls: ReadonlySet<number>): readonly number[] {
  const distance = new Array<number>(size * size).fill(Infinity);
  distance[goal] = 0;
  const queue = [goal];
  for (let cell = queue.shift(); cell !== undefined; cell = queue.shift()) {
    for (const move of Object.keys(moves)) {
      const next = stepFrom(cell, move, walls);
      if (distance[next] !== Infinity) continue;
      distance[next] = (distance[cell] as number) + 1;
      queue.push(next);
    }
  }
  return distance;
}

/** A grid whose goal can be reached. */
function gridOf(rng: Rng): Grid {
  for (;;) {
    const inner = Array.from({ length: size * size - 2 }, (_, index) => index + 1);
    const walls = new Set(inner.filter(() => rng.float() < 0.25));
    const distance = distancesTo(size * size - 1, walls);
    if (distance[0] !== Infinity) return { walls, distance };
  }
}

const nearer = (cell: number, { walls, distance }: Grid): string | undefined =>
  Object.keys(moves).find((move) => (distance[stepFrom(cell, move, walls)] as number) < (distance[cell] as number));

function shortest(grid: Grid): string {
  let plan = "";
  for (let cell = 0, move = nearer(cell, grid); move !== undefined; move = nearer(cell, grid)) {
    plan += move;
    cell = stepFrom(cell, move, grid.walls);
  }
  return plan;
}

function judged(plan: string, grid: Grid): { readonly score: number; readonly text: string } {
  const { walls, distance } = grid;
  let cell = 0;
  let hint: string | undefined;
  for (const [index, move] of [...plan].entries()) {
    const next = stepFrom(cell, move, walls);
    if ((distance[next] as number) >= (distance[cell] as number)) {
      const how = next === cell ? "hits a wall" : "does not lead nearer to the goal";
      hint ??= `Move ${index + 1} (${move}) ${how}; ${nearer(cell, grid) ?? "no move"} would lead nearer.`;
    }
    cell = next;
  }
  const score = 1 - Math.min(1, (distance[cell] as number) / (distance[0] as number));
  return { score, text: `The plan ends ${distance[cell]} steps from the goal. ${hint ?? ""}`.trimEnd() };
}

/** Mends the move that the feedback names. */
function told(prompt: Prompt): Readonly<Record<string, string>> | undefined {
  const plan = shownText(prompt, "plan");
  const [, place, , move] = /Move (\d+) \((\w)\) [^;]*; (\w) would lead nearer/.exec(prompt.feedback) ?? [];
  if (place === undefined || move === undefined) return undefined;
  return { plan: plan.slice(0, Number(place) - 1) + move + plan.slice(Number(place)) };
}

export const gridworld: Family = {
  name: "gridworld",
  about: "A plan of moves through a grid with walls; words name the first bad move and a better one.",
  moves: { told },
  problem(seed, { noise = 0 } = {}) {
    const rng = seeded(`gridworld/${seed}`);
    const grid = gridOf(rng);
    const best = shortest(grid);
    let start = best;
    while (judged(start, grid).score > 0.5) start = [...best].map(() => pick(Object.keys(moves), rng)).join("");
    return {
      name: `gridworld/${seed}`,
      family: "gridworld",
      optimum: 1,
      best: { plan: best },
      make() {
        const plan = parameter(start, { name: "plan", ...letters(best.length, "UDLR") });
        const walk = bundle((plan: string) => plan, { name: "walk", doc: "Walks a plan through the grid." });
        return taskOf({
          agent: () => walk(plan),
          parameters: plan,
          guide: (_input, output: string) => judged(output, grid),
          rows: instance("the goal", noise),
          noise: { seed: `gridworld/${seed}`, size: noise },
        });
      },
    };
  },
};
