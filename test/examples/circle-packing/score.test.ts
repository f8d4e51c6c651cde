/** A packing counts only when no circle overlaps another or leaves the square, and its feedback says what is wrong. */

import { describe, expect, test } from "vitest";
import type { Circle } from "../../../examples/circle-packing/agent.ts";
import { judgePacking, tolerance } from "../../../examples/circle-packing/score.ts";

/** Four circles that fill a square with their sides touching. */
const four: readonly Circle[] = [
  [0.25, 0.25, 0.25],
  [0.75, 0.25, 0.25],
  [0.25, 0.75, 0.25],
  [0.75, 0.75, 0.25],
];

/** The same, with the first circle larger by `growth`. */
const grown = (growth: number): readonly Circle[] => [[0.25, 0.25, 0.25 + growth], ...four.slice(1)];

test("a valid packing scores the sum of its radii, and its contacts are counted", () => {
  const { score, text } = judgePacking(four, 4);
  expect(score).toBe(1);
  expect(text).toContain("Contacts: 4 between circles, 8 with sides.");
  expect(text).toContain("only moving circles can gain");
});

test("a rounding error is tolerated, and more is not", () => {
  expect(judgePacking(grown(tolerance / 2), 4).score).toBeGreaterThan(1);
  expect(judgePacking(grown(3 * tolerance), 4).score).toBe(0);
});

test("the feedback names the circles that overlap and stick out, the worst first", () => {
  const { score, text } = judgePacking([[0.25, 0.25, 0.3], ...four.slice(1)], 4);
  expect(score).toBe(0);
  expect(text).toContain("circle 0 sticks out by 0.0500 on the left");
  expect(text).toContain("circles 0 and 1 overlap by 0.0500");
});

test("a circle with room around it is named with its smallest gap", () => {
  expect(judgePacking([[0.25, 0.25, 0.2], ...four.slice(1)], 4).text).toContain(
    "could grow as they stand, with the smallest gap: 0 (0.0500)",
  );
});

describe("no packing at all is", () => {
  test.each([
    ["a text", "circles", "not a list"],
    ["a circle with two numbers", [[0.5, 0.5]], "not a list of [x, y, radius]"],
    ["a circle that is not a number", [[0.5, 0.5, Number.NaN], ...four.slice(1)], "finite numbers"],
    ["another number of circles", four.slice(1), "3 circles instead of 4"],
    ["a circle without a radius", [[0.25, 0.25, 0], ...four.slice(1)], "circle 0 has the radius 0"],
  ])("%s", (_, circles, reason) => {
    const { score, text } = judgePacking(circles, 4);
    expect(score).toBe(0);
    expect(text).toContain(reason);
  });
});
