/** Three kinds of small problems that are solved by guessing: what a guess shows, and how good it is. */

import { z } from "zod";

/** A guess: a number, the digits of a code, or a point. */
export type Guess = number | readonly number[];

/** A problem of one kind. Solutions of a kind have something in common that its text does not say. */
export type Problem =
  | { readonly kind: "number"; readonly secret: number }
  | { readonly kind: "code"; readonly digits: readonly number[] }
  | { readonly kind: "valley"; readonly low: readonly [number, number]; readonly steep: readonly [number, number] };

interface Kind<P extends Problem> {
  /** What the problem is, as who solves it reads it. */
  readonly text: string;
  readonly start: Guess;
  readonly guess: z.ZodType<Guess>;
  readonly solution: (problem: P) => Guess;
  /** What a guess shows, in words. */
  readonly shows: (problem: P, guess: never) => string;
  /** How good a guess is: from 0 to 1, which is the solution. */
  readonly score: (problem: P, guess: never) => number;
}

type KindOf<K extends Problem["kind"]> = Kind<Extract<Problem, { readonly kind: K }>>;

const point = z.tuple([z.number(), z.number()]);
const digits = z.array(z.int().min(1).max(6)).length(4);

const number: KindOf<"number"> = {
  text: "Guess a whole number from 1 to 1000.",
  start: 500,
  guess: z.int().min(1).max(1000),
  solution: ({ secret }) => secret,
  shows: ({ secret }, guess: number) => (guess === secret ? "right" : guess < secret ? "too low" : "too high"),
  score: ({ secret }, guess: number) => Math.max(0, 1 - Math.log2(1 + Math.abs(guess - secret)) / 10),
};

const code: KindOf<"code"> = {
  text: "Guess a code of four digits from 1 to 6.",
  start: [1, 1, 2, 2],
  guess: digits,
  solution: (problem) => problem.digits,
  shows: (problem, guess: readonly number[]) => {
    const right = rightPlaces(problem.digits, guess);
    const count = (of: readonly number[], digit: number) => of.filter((one) => one === digit).length;
    const shared = [1, 2, 3, 4, 5, 6].map((digit) => Math.min(count(guess, digit), count(problem.digits, digit)));
    const misplaced = shared.reduce((sum, one) => sum + one, 0) - right;
    return `digits in the right place: ${right}, in a wrong one: ${misplaced}`;
  },
  score: (problem, guess: readonly number[]) => rightPlaces(problem.digits, guess) / 4,
};

function rightPlaces(digits: readonly number[], guess: readonly number[]): number {
  return guess.filter((digit, place) => digit === digits[place]).length;
}

const valley: KindOf<"valley"> = {
  text: "Find the lowest point of a landscape: x and y from -20 to 20.",
  start: [0, 0],
  guess: point,
  solution: ({ low }) => low,
  shows: (problem, guess: readonly [number, number]) => `height ${heightAt(problem, guess)}`,
  score: (problem, guess: readonly [number, number]) =>
    Math.max(0, 1 - Math.sqrt(heightAt(problem, guess) / heightAt(problem, [0, 0]))),
};

function heightAt({ low, steep }: Extract<Problem, { readonly kind: "valley" }>, [x, y]: readonly [number, number]) {
  return steep[0] * (x - low[0]) ** 2 + steep[1] * (y - low[1]) ** 2;
}

const kinds = { number, code, valley };

function kindOf(problem: Problem): Kind<Problem> {
  return kinds[problem.kind] as unknown as Kind<Problem>;
}

/** What the problem is, in words. */
export const textOf = (problem: Problem): string => kindOf(problem).text;

/** The guess that everybody begins with. */
export const startOf = (problem: Problem): Guess => kindOf(problem).start;

/** The right guess. */
export const solutionOf = (problem: Problem): Guess => kindOf(problem).solution(problem);

/** What guesses must be: at most three at a time. */
export const guessesOf = (problem: Problem): z.ZodType<readonly Guess[]> =>
  z.array(kindOf(problem).guess).min(1).max(3);

/** What a guess shows, in words. */
export const shownBy = (problem: Problem, guess: Guess): string => kindOf(problem).shows(problem, guess as never);

/** How good a guess is: from 0 to 1, which is the solution. */
export const scoreOf = (problem: Problem, guess: Guess): number => kindOf(problem).score(problem, guess as never);

/** Nine to learn from, three a step; three for validation; three for the test. */
export const problems: readonly Problem[] = [
  { kind: "number", secret: 729 },
  { kind: "code", digits: [2, 3, 5, 6] },
  { kind: "valley", low: [6, -4], steep: [3, 1] },
  { kind: "number", secret: 64 },
  { kind: "code", digits: [1, 3, 4, 6] },
  { kind: "valley", low: [-10, 8], steep: [1, 2] },
  { kind: "number", secret: 343 },
  { kind: "code", digits: [1, 2, 4, 5] },
  { kind: "valley", low: [12, 14], steep: [2, 5] },
  { kind: "number", secret: 512 },
  { kind: "code", digits: [3, 4, 5, 6] },
  { kind: "valley", low: [-8, -16], steep: [4, 1] },
  { kind: "number", secret: 216 },
  { kind: "code", digits: [1, 2, 5, 6] },
  { kind: "valley", low: [-14, 2], steep: [2, 3] },
];
