/** The three stages of the Pong feedback, word for word, and where one passes into the next. */
import { describe, expect, it } from "vitest";
import { stagedFeedback } from "../../../examples/pong/feedback.ts";

const at = (mean: number, std = 0): string => stagedFeedback({ steps: 400, total: -3, mean, std });

describe("stagedFeedback", () => {
  it("tells a losing player its score", () => {
    expect(at(-20.3, 1.345)).toBe(
      "Episode ends after 400 steps with total score: -3.0\n" +
        "Your score is -20.3 points on average of 10 games with std dev 1.34. " +
        "Try to improve paddle positioning to prevent opponent scoring.",
    );
  });

  it("tells a winning player how many points are missing", () => {
    expect(at(12, 2.5)).toBe(
      "Episode ends after 400 steps with total score: -3.0\n" +
        "Keep it up! You're scoring 12 points against the opponent on average of 10 games with std dev 2.5 " +
        "but you are still 9 points from winning the game. " +
        "Try improving paddle positioning to prevent opponent scoring.",
    );
  });

  it("tells a player near 21 that it is close", () => {
    expect(at(19.7, 0.46)).toBe(
      "Episode ends after 400 steps with total score: -3.0\n" +
        "Good job! You're close to winning the game! You're scoring 19.7 points against the opponent " +
        "on average of 10 games with std dev 0.46, only 1.3 points short of winning.",
    );
  });

  it("changes its stage above 0 and at 19", () => {
    const stage = (mean: number): string | undefined => at(mean).split("\n")[1]?.slice(0, 10);
    expect([-0.1, 0, 0.1, 18.9, 19, 21].map(stage)).toEqual([
      "Your score",
      "Your score",
      "Keep it up",
      "Keep it up",
      "Good job! ",
      "Good job! ",
    ]);
  });

  it("names the number of games that were played", () => {
    expect(stagedFeedback({ steps: 1, total: 0, mean: -21, std: 0, games: 3 })).toContain("on average of 3 games");
  });

  it("refuses a number that is not finite, by name", () => {
    expect(() => at(Number.NaN)).toThrow("mean = NaN");
    expect(() => stagedFeedback({ steps: 1, total: 0, mean: 0, std: Number.POSITIVE_INFINITY })).toThrow(
      "std = Infinity",
    );
  });
});
