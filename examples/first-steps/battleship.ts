/**
 * Battleship: an agent acts in an environment, shot after shot, and learns from whole games.
 *
 *   npx tsx --conditions=@tracegrad/source examples/first-steps/battleship.ts [--mailbox DIR]
 */

import { bundle, episodic, type Node, train } from "tracegrad";
import { seeds } from "tracegrad/data";
import { environmentTask } from "tracegrad/environments";
import { optoPrime } from "tracegrad/optimizers";
import { resultText } from "tracegrad/report";
import { answersFor } from "./answers.ts";
import { Sea } from "./sea.ts";

const shoot = bundle(
  /**
   * Chooses where to shoot in Battleship. The sea has 6 rows of 6 squares: "?" is unknown, "." is water, "#" is a hit.
   * Four ships lie in it, straight and not touching each other, also not at corners: one of 3 squares, two of 2, one of
   * 1. Returns [row, column], from 0. There are 18 shots; each hit scores an eighth.
   */
  function shoot(sea: string[]): [number, number] {
    for (let row = 0; row < 6; row++) {
      const column = sea[row]!.indexOf("?");
      if (column >= 0) return [row, column];
    }
    return [0, 0];
  },
  { trainable: true, timeoutMs: 60_000 }, // a machine that is busy may take its time
);

const games = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at);

const run = train({
  environment: environmentTask({
    agent: (sea: Node<string[]>) => shoot(sea),
    make: () => new Sea(),
    maxSteps: 18,
    feedback: ({ total }) => `${8 * total} of 8 squares with ships were hit in 18 shots.`,
  }),
  // A seed is a sea: one to learn from in each step, twenty to choose the best version by, twenty that decide nothing.
  data: seeds({ train: [1, 2, 3], validation: games(11, 20), test: games(31, 20) }),
  optimizer: optoPrime(shoot, { llm: answersFor("battleship") }),
  template: episodic({ horizon: 18 }), // the whole game makes one update
  budget: { steps: 3 },
  test: true,
});

export const result = await run.result;
console.log(resultText(result));
console.log(`What was learned:\n${result.best.values["shoot"]}`);
