/** The sea of battleship.ts: ships at places that a seed decides, and what the shots have shown. */

import type { Environment, Transition } from "tracegrad/environments";
import { randomNumbers } from "../shared/random.ts";

const size = 6;
const ships = [3, 2, 2, 1];

/** One game. */
export class Sea implements Environment<string[], [number, number]> {
  readonly doc = "Shoots at a square, and gives the sea as it is known then.";
  #isShip: boolean[][] = [];
  #known: string[] = [];

  reset(seed: number): string[] {
    this.#known = Array<string>(size).fill("?".repeat(size));
    this.#isShip = placeShips(seed);
    return this.#known;
  }

  step([row, column]: [number, number]): Transition<string[]> {
    if (!isSquare(row) || !isSquare(column)) throw new Error(`[${row}, ${column}] is outside of the sea.`);
    const isNew = this.#known[row]?.[column] === "?";
    const isHit = isNew && this.#isShip[row]?.[column] === true;
    if (isNew) this.#known = this.#known.map((line, at) => (at === row ? mark(line, column, isHit ? "#" : ".") : line));
    const hits = this.#known.join("").replaceAll(/[^#]/g, "").length;
    return { observation: this.#known, reward: isHit ? 1 / 8 : 0, done: hits === 8 };
  }
}

const isSquare = (at: number): boolean => Number.isInteger(at) && at >= 0 && at < size;

const mark = (line: string, at: number, sign: string): string => line.slice(0, at) + sign + line.slice(at + 1);

/** Tries places at random until all ships lie apart. */
function placeShips(seed: number): boolean[][] {
  const random = randomNumbers(seed);
  const sea = Array.from({ length: size }, () => Array<boolean>(size).fill(false));
  const isFree = (row: number, column: number): boolean =>
    [-1, 0, 1].every((down) => [-1, 0, 1].every((right) => sea[row + down]?.[column + right] !== true));
  for (const length of ships) {
    for (let attempt = 0; ; attempt++) {
      if (attempt > 1_000) return placeShips(seed + 1_000_003);
      const [row, column, isDown] = [Math.floor(random() * size), Math.floor(random() * size), random() < 0.5];
      const squares = Array.from({ length }, (_, at) => [row + (isDown ? at : 0), column + (isDown ? 0 : at)] as const);
      if (!squares.every(([r, c]) => isSquare(r) && isSquare(c) && isFree(r, c))) continue;
      for (const [r, c] of squares) (sea[r] as boolean[])[c] = true;
      break;
    }
  }
  return sea;
}
