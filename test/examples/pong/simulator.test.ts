/** The laws of the Pong simulator: what holds for every seed and every way to play. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Action,
  type Box,
  ENEMY_X,
  type Observation,
  PLAYER_X,
  PongSimulator,
  type StepResult,
  WALL_BOTTOM,
  WALL_TOP,
  WINNING_SCORE,
} from "../../../examples/pong/simulator.ts";
import { followPolicy, playGame, predictPolicy, randomPolicy } from "./policies.ts";

const seeds = fc.integer();
const actions = fc.array(fc.constantFrom<Action>(0, 2, 3), { minLength: 100, maxLength: 400 });

const AT_RESET: Observation = { Player: { x: 140, y: 96, w: 4, h: 15, dx: 0, dy: 0 }, reward: null };

/** What a simulator shows for a list of actions, the reset first. */
function play(seed: number, moves: readonly Action[]): { first: Observation; results: StepResult[] } {
  const simulator = new PongSimulator(seed);
  const first = simulator.reset();
  return { first, results: moves.map((move) => simulator.step(move)) };
}

const observationsOf = ({ first, results }: ReturnType<typeof play>): Observation[] => [
  first,
  ...results.map((result) => result.observation),
];

/** The observations of one whole game. */
function watch(seed: number, policy: (observation: Observation) => Action): Observation[] {
  const simulator = new PongSimulator(seed);
  const seen = [simulator.reset()];
  playGame(simulator, (observation) => {
    seen.push(observation);
    return policy(observation);
  });
  return seen;
}

describe("determinism", () => {
  it("plays the same game for the same seed and actions", () => {
    fc.assert(
      fc.property(seeds, actions, (seed, moves) => {
        expect(play(seed, moves)).toEqual(play(seed, moves));
      }),
    );
  });

  it("serves differently for different seeds, neighbours too", () => {
    const served = Array.from({ length: 40 }, (_, seed) =>
      JSON.stringify(play(seed, Array<Action>(20).fill(0)).results.at(-1)?.observation.Ball),
    );
    expect(new Set(served).size).toBeGreaterThan(20);
  });

  it("plays a first game that does not depend on whether reset was called", () => {
    const untouched = new PongSimulator(5);
    const reset = new PongSimulator(5);
    reset.reset();
    for (let i = 0; i < 300; i++) expect(untouched.step(2)).toEqual(reset.step(2));
  });

  it("plays a second game that differs from the first", () => {
    const simulator = new PongSimulator(5);
    const game = (): string => {
      simulator.reset();
      return JSON.stringify(Array.from({ length: 200 }, () => simulator.step(0)));
    };
    expect(game()).not.toBe(game());
  });
});

describe("laws", () => {
  it("keeps the ball between the walls and the goals", () => {
    const balls = [randomPolicy(1), followPolicy, predictPolicy].flatMap((policy) => watch(3, policy)).flatMap(ballOf);
    expect(Math.min(...balls.map((ball) => ball.y))).toBe(WALL_TOP);
    expect(Math.max(...balls.map((ball) => ball.y))).toBe(WALL_BOTTOM);
    for (const ball of balls) {
      expect(ball.x).toBeGreaterThan(0);
      expect(ball.x).toBeLessThan(156);
    }
  });

  it("keeps both paddles on their lines and within the view", () => {
    fc.assert(
      fc.property(seeds, actions, (seed, moves) => {
        for (const { Player, Enemy } of observationsOf(play(seed, moves))) {
          expect(Player).toMatchObject({ x: PLAYER_X, w: 4, dx: 0 });
          expectInView(Player);
          if (Enemy === undefined) continue;
          expect(Enemy).toMatchObject({ x: ENEMY_X, w: 4, dx: 0 });
          expectInView(Enemy);
        }
      }),
    );
  });

  it("gives dx and dy as the difference to the step before, and 0 for what was not there", () => {
    fc.assert(
      fc.property(seeds, actions, (seed, moves) => {
        const seen = observationsOf(play(seed, moves));
        for (const [i, observation] of seen.entries()) {
          for (const name of ["Player", "Ball", "Enemy"] as const) {
            const [box, before] = [observation[name], seen[i - 1]?.[name]];
            if (box === undefined) continue;
            expect([box.dx, box.dy]).toEqual(before === undefined ? [0, 0] : [box.x - before.x, box.y - before.y]);
          }
        }
      }),
    );
  });

  it("rewards with 1, 0 or -1, tells it in the observation, and takes the ball away after a point", () => {
    fc.assert(
      fc.property(seeds, actions, (seed, moves) => {
        for (const { observation, reward } of play(seed, moves).results) {
          expect([-1, 0, 1]).toContain(reward);
          expect(observation.reward).toBe(reward);
          expect(reward !== 0 && observation.Ball !== undefined).toBe(false);
        }
      }),
    );
  });

  it("ends a game exactly when one side has 21 points", () => {
    for (const [seed, policy] of [randomPolicy(1), followPolicy, predictPolicy].entries()) {
      const simulator = new PongSimulator(seed);
      let observation = simulator.reset();
      const points = { 1: 0, [-1]: 0 };
      for (let done = false; !done; ) {
        const result = simulator.step(policy(observation));
        ({ observation, done } = result);
        if (result.reward === 1 || result.reward === -1) points[result.reward]++;
        expect(done).toBe(points[1] === WINNING_SCORE || points[-1] === WINNING_SCORE);
      }
      expect(() => simulator.step(0)).toThrow("The game is over: call reset()");
      expect(simulator.reset()).toEqual(AT_RESET);
      expect(simulator.step(0).done).toBe(false);
    }
  });

  it("shows observations that survive JSON, with a null reward after a reset", () => {
    const { first, results } = play(1, Array<Action>(40).fill(3));
    expect(first).toEqual(AT_RESET);
    const seen = results.map((result) => result.observation);
    expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  });
});

describe("facts of the original that it keeps", () => {
  it("raises the paddle with 2, lowers it with 3, and lets it glide to a stop with 0", () => {
    const heights = (moves: readonly Action[]): number[] =>
      observationsOf(play(1, moves)).map(({ Player }) => Player.y);
    expect(heights([2, 2, 2])).toEqual([96, 91, 84, 76]);
    expect(heights([3, 3, 3])).toEqual([96, 101, 108, 116]);
    expect(heights([3, 0, 0, 0])).toEqual([96, 101, 103, 103, 103]);
    expect(heights(Array<Action>(60).fill(2)).at(-1)).toBe(34);
    expect(heights(Array<Action>(60).fill(3)).at(-1)).toBeGreaterThanOrEqual(188);
  });

  it("moves a ball that touches nothing by |dx| 4 and |dy| 0, 4 or 8 a step", () => {
    const free = [randomPolicy(1), followPolicy, predictPolicy].flatMap((policy) => freeMoves(watch(11, policy)));
    expect(free.length).toBeGreaterThan(1000);
    expect(new Set(free.map((ball) => Math.abs(ball.dx)))).toEqual(new Set([4]));
    expect(new Set(free.map((ball) => Math.abs(ball.dy)))).toEqual(new Set([0, 4, 8]));
  });

  it("moves the enemy by at most 8 a step, by 4, 6 and 8 most of all, while the ball is in play", () => {
    const moves = watch(11, followPolicy).flatMap(({ Ball, Enemy }, i, seen) =>
      Ball && Enemy && seen[i - 1]?.Ball ? [Math.abs(Enemy.dy)] : [],
    );
    expect(Math.max(...moves)).toBe(8);
    const usual = moves.filter((move) => [0, 4, 6, 8].includes(move));
    expect(usual.length / moves.length).toBeGreaterThan(0.95);
    expect(new Set(usual)).toEqual(new Set([0, 4, 6, 8]));
  });

  it("waits about 15 steps after a point, then serves from the middle to the side that conceded", () => {
    const seen = watch(11, predictPolicy);
    const points = seen.flatMap(({ reward }, i) => (reward === 1 || reward === -1 ? [{ at: i, reward }] : []));
    const last = points.pop();
    expect(points.length).toBeGreaterThan(10);
    expect(last?.at).toBeGreaterThan(0);
    for (const { at, reward } of points) {
      const serve = seen.findIndex(({ Ball }, i) => i > at && Ball !== undefined);
      expect(serve - at).toBeGreaterThanOrEqual(15);
      expect(serve - at).toBeLessThanOrEqual(17);
      expect(Math.abs((seen[serve]?.Ball?.x ?? Number.NaN) - 78)).toBeLessThan(4);
      expect(seen[serve + 1]?.Ball?.dx).toBe(-4 * reward);
    }
  });
});

describe("bad input", () => {
  it("is refused with the name of the culprit", () => {
    expect(() => new PongSimulator(0.5)).toThrow("whole number, got 0.5");
    expect(() => new PongSimulator(Number.NaN)).toThrow("whole number, got NaN");
    expect(() => new PongSimulator(1).step(1 as Action)).toThrow("0 (stay), 2 (raise) and 3 (lower), got 1");
  });
});

const ballOf = ({ Ball }: Observation): Box[] => (Ball === undefined ? [] : [Ball]);

function expectInView({ y, h }: Box): void {
  expect(y).toBeGreaterThanOrEqual(34);
  expect(h).toBeGreaterThan(0);
  expect(h).toBeLessThanOrEqual(15);
  expect(y + h).toBeLessThanOrEqual(194);
}

/** The balls seen in mid-field, where no wall and no paddle was touched since the step before. */
function freeMoves(seen: readonly Observation[]): Box[] {
  return seen.flatMap(({ Ball }, i) => {
    if (Ball === undefined || seen[i - 1]?.Ball === undefined) return [];
    const inField = Ball.x > 28 && Ball.x < 130 && Ball.y > WALL_TOP + 8 && Ball.y < WALL_BOTTOM - 8;
    return inField ? [Ball] : [];
  });
}
