/** Runs of the Atari study with answers by hand: what the optimizer is shown, and what its rewrite scores. */

import { scripted } from "tracegrad/testing";
import { describe, expect, it, test } from "vitest";
import { Bridge, hasAtari, pythonOfAtari } from "../../../examples/atari/bridge.ts";
import { gameOf, games } from "../../../examples/atari/games/index.ts";
import { feedbackOn, type HorizonName, startRun } from "../../../examples/atari/learn.ts";

test.each([
  ["pong", [-20, 12, 20], [/^Your score is -20 points/, /still 9 points from winning/, /only 1 points short/]],
  ["breakout", [0, 50, 320], [/^Your score is 0 points/, /still 300 points/, /only 30 points short/]],
  ["space-invaders", [70, 180, 320], [/^Your average score is 70 /, /^Good progress! .* 180 /, /^Great job! .* 320 /]],
  ["freeway", [0, 20, 26], [/^Your score is 0 crossings/, /scoring 20 crossings/, /^Great progress! .* 26 /]],
  ["asterix", [0, 300, 2_000], [/^Scoring 0 points .* direction\.$/, /^Scoring 300 points/, /^Good: scoring 2000 /]],
  ["enduro", [-3, 49, 100], [/passed: -3 .* Accelerate/, /passed: 49 /, /^Great progress! .* 100 /]],
  ["qbert", [0, 225, 5_000], [/^Your score is 0 points/, /scoring 225 points/, /^Great progress! .* 5000 /]],
  ["seaquest", [0, 120, 2_000], [/^Your score is 0 points/, /scoring 120 points/, /^Great progress! .* 2000 /]],
])("%s has feedback in three stages", (id, means, lines) => {
  expect(means.map((mean) => gameOf(id).stageLine({ mean, std: 0 }))).toEqual(
    lines.map((line) => expect.stringMatching(line)),
  );
});

test("a program that failed is told its error, with the score of a failure", () => {
  const error = Object.assign(new Error("x is not defined"), { node: undefined });
  const episode = { seed: 1, steps: 3, total: 0, error: error as never };
  for (const game of games) {
    const feedback = feedbackOn(game, episode, undefined);
    expect(feedback).toMatchObject({ score: game.failureScore, text: expect.stringContaining("x is not defined") });
  }
});

/** Shoots at what is on its own depth, else goes there. */
const shooter = `function select_action(situation, obs) {
  if (!obs.Player) return 0;
  const enemies = (obs.Enemies || []).map((enemy) => ({ enemy, away: Math.abs(enemy.y - obs.Player.y) }));
  const nearest = enemies.sort((one, other) => one.away - other.away)[0];
  if (!nearest) return 5;
  if (nearest.away < 8) return nearest.enemy.x > obs.Player.x ? 11 : 12;
  return nearest.enemy.y > obs.Player.y ? 13 : 10;
}`;

describe("a run of Seaquest shows the optimizer as much as its condition says, and scores the rewrite on the real game", () => {
  const check = async (horizon: HorizonName, skip: (note: string) => never): Promise<string> => {
    if (!hasAtari()) return skip(`There is no ${pythonOfAtari()}: run npm run setup:atari.`);
    const bridge = new Bridge();
    const llm = scripted(() => ({ toolInput: { reasoning: "Shoot.", suggestion: { select_action: shooter } } }));
    const game = gameOf("seaquest");
    const run = startRun(
      { game, horizon, trial: 1, steps: 1, pastGoal: false },
      { agent: game.makeAgent(), bridge, llm },
    );
    const { candidates } = await run.result.finally(() => bridge.close());
    expect(candidates.map(({ validation }) => validation?.mean)).toEqual([20, 60]);
    return JSON.stringify(llm.calls[0]).replaceAll("\\n", "\n");
  };

  it("one step", async ({ skip }) => {
    const prompt = await check("one-step", skip);
    expect(prompt).toContain("Episode ends after 1 steps");
    expect(prompt).toContain("You're scoring 20 points on average of 1 game");
    expect(prompt).not.toContain("\nfor k = 1");
  });

  it("a hundred steps", async ({ skip }) => {
    const prompt = await check("multi-step", skip);
    expect(prompt).toContain("Episode ends after 100 steps");
    expect(prompt).toContain("You're scoring 20 points on average of 1 game");
    expect(prompt).toMatch(/^100\|/m);
  });
});
