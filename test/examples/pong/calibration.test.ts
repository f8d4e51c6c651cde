/** That playing better scores better in the Pong simulator, with loose bounds: without this nothing could be learnt. */
import { describe, expect, it } from "vitest";
import { PongSimulator } from "../../../examples/pong/simulator.ts";
import { followPolicy, type Policy, playGame, predictPolicy, randomPolicy } from "./policies.ts";

/** The mean score on each of 20 seeds, two games each. */
function scoresOf(policyOf: (seed: number) => Policy): number[] {
  return Array.from({ length: 20 }, (_, seed) => {
    const simulator = new PongSimulator(1000 + seed);
    const policy = policyOf(seed);
    return (playGame(simulator, policy).total + playGame(simulator, policy).total) / 2;
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const random = scoresOf(randomPolicy);
const follow = scoresOf(() => followPolicy);
const predict = scoresOf(() => predictPolicy);

describe("calibration", () => {
  it("lets a random player lose almost every point", () => {
    expect(mean(random)).toBeGreaterThanOrEqual(-21);
    expect(mean(random)).toBeLessThan(-19);
  });

  it("puts a player who follows the ball in the middle", () => {
    expect(mean(follow)).toBeGreaterThan(-13);
    expect(mean(follow)).toBeLessThan(3);
  });

  it("lets a player who goes where the ball will arrive win clearly", () => {
    expect(mean(predict)).toBeGreaterThan(13);
    expect(mean(predict)).toBeLessThanOrEqual(21);
  });

  it("keeps the order of the three on every single seed", () => {
    for (let seed = 0; seed < 20; seed++) {
      expect(follow[seed]).toBeGreaterThan(random[seed] ?? Number.NaN);
      expect(predict[seed]).toBeGreaterThan(follow[seed] ?? Number.NaN);
    }
  });

  it("gives games that differ from seed to seed", () => {
    expect(new Set(predict).size).toBeGreaterThan(3);
  });
});
