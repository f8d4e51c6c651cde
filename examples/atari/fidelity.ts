/**
 * How far the Pong simulator of examples/pong is from the game on the Arcade Learning Environment: the same actions, and the
 * same programs, in both. Prints the tables of docs/pong.md: `npm run atari:fidelity`.
 */

import { type Action, PongSimulator } from "../pong/simulator.ts";
import { runMain } from "../shared/run-main.ts";
import { Bridge, type Seen } from "./bridge.ts";
import type { Box } from "./game.ts";
import { type Observation, pong } from "./games/pong.ts";

/** Numbers from 0 up to 1 that the seed decides. */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Policy = (seen: Observation, random: () => number) => Action;

const towards = (y: number, { Player: player }: Observation): Action => {
  const away = y + 2 - ((player?.y ?? y) + (player?.h ?? 4) / 2);
  return Math.abs(away) < 4 ? 0 : away < 0 ? 2 : 3;
};

/** Where the ball will be at the player's paddle, with bounces at the walls that a player is told of. */
function arrival({ x, y, dx, dy }: Box): number {
  const there = y + (dy * (140 - x)) / dx - 30;
  const folded = ((there % 320) + 320) % 320;
  return 30 + (folded > 160 ? 320 - folded : folded);
}

const policies: readonly (readonly [string, Policy])[] = [
  ["random moves", (seen, random) => (seen.Ball ? (random() < 0.5 ? 2 : 3) : 0)],
  ["follow the ball's y", (seen) => (seen.Ball ? towards(seen.Ball.y, seen) : 0)],
  ["go to where it arrives", (seen) => (seen.Ball && seen.Ball.dx > 0 ? towards(arrival(seen.Ball), seen) : 0)],
];

/** One game, in either of the two. */
interface Board {
  begin(seed: number): Promise<Observation>;
  step(action: Action): Promise<{ seen: Observation; reward: number; done: boolean }>;
}

function simulated(): Board {
  let game = new PongSimulator(0);
  return {
    begin: async (seed) => {
      game = new PongSimulator(seed);
      return game.reset();
    },
    step: async (action) => {
      const { observation, reward, done } = game.step(action);
      return { seen: observation, reward, done };
    },
  };
}

function real(bridge: Bridge): Board {
  return {
    begin: async (seed) => pong.observe(await bridge.reset(0, pong.rom, seed)),
    step: async (action) => {
      const [shown] = (await bridge.step(0, [action])) as readonly [Seen];
      return { seen: pong.observe(shown), reward: shown.reward ?? 0, done: shown.done };
    },
  };
}

const seeds = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const marks = [1, 5, 10, 20, 30, 50, 100, 200, 400];
const objects = ["Player", "Enemy", "Ball"] as const;

interface Gap {
  readonly step: number;
  /** By object: pixels between its places, null where only one of the games shows it, undefined where none does. */
  readonly pixels: Readonly<Record<string, number | null | undefined>>;
}

function gapOf(step: number, one: Observation, other: Observation): Gap {
  const pixels = objects.map((name) => {
    const [a, b] = [one[name], other[name]];
    const gap = a && b ? Math.abs(a.x - b.x) + Math.abs(a.y - b.y) : a || b ? null : undefined;
    return [name, gap] as const;
  });
  return { step, pixels: Object.fromEntries(pixels) };
}

/** The same random actions in both games, each held for 1 to 8 steps, and how far the games are apart after each step. */
async function gapsOf(seed: number, boards: readonly [Board, Board]): Promise<readonly Gap[]> {
  const random = chanceOf(seed);
  await Promise.all(boards.map((board) => board.begin(seed)));
  const gaps: Gap[] = [];
  let [action, left]: [Action, number] = [0, 0];
  for (let step = 1; step <= 400; step++) {
    if (left-- === 0)
      [action, left] = [([0, 2, 3] as const)[Math.floor(random() * 3)] as Action, Math.floor(random() * 8)];
    const [one, other] = await Promise.all([boards[0].step(action), boards[1].step(action)]);
    gaps.push(gapOf(step, one.seen, other.seen));
    if (one.done || other.done) break;
  }
  return gaps;
}

function gapTable(all: readonly Gap[]): string {
  const rows = marks.map((mark, index) => {
    const from = (marks[index - 1] ?? 0) + 1;
    const cells = objects.flatMap((name) => {
      const seen = all.filter(({ step }) => step >= from && step <= mark).map(({ pixels }) => pixels[name]);
      const both = seen.filter((gap) => typeof gap === "number");
      const single = seen.filter((gap) => gap === null).length;
      const mean = both.length === 0 ? "–" : (both.reduce((sum, gap) => sum + gap, 0) / both.length).toFixed(1);
      return [mean, `${((100 * single) / seen.length).toFixed(0)}%`];
    });
    return `| ${from === mark ? mark : `${from} to ${mark}`} | ${cells.join(" | ")} |`;
  });
  const head = objects.map((name) => `${name}, px | only in one`).join(" | ");
  return [`| steps | ${head} |`, `| --- |${" --: |".repeat(2 * objects.length)}`, ...rows].join("\n");
}

async function scoreOf(policy: Policy, board: Board, seed: number): Promise<number> {
  const random = chanceOf(seed);
  let seen = await board.begin(seed);
  let total = 0;
  for (let step = 0; step < 4_000; step++) {
    const next = await board.step(policy(seen, random));
    total += next.reward;
    if (next.done) break;
    ({ seen } = next);
  }
  return total;
}

async function scoreTable(boards: readonly [Board, Board]): Promise<string> {
  const rows: string[] = [];
  for (const [name, policy] of policies) {
    const cells: string[] = [];
    for (const board of boards) {
      const scores: number[] = [];
      for (const seed of seeds) scores.push(await scoreOf(policy, board, seed));
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      cells.push(`${mean.toFixed(1)} (${Math.min(...scores)} to ${Math.max(...scores)})`);
    }
    rows.push(`| ${name} | ${cells.join(" | ")} |`);
  }
  return ["| program | simulator | Arcade Learning Environment |", "| --- | --: | --: |", ...rows].join("\n");
}

await runMain(async () => {
  const bridge = new Bridge();
  const boards = [simulated(), real(bridge)] as const;
  const gaps: Gap[] = [];
  for (const seed of seeds) gaps.push(...(await gapsOf(seed, boards)));
  console.log(`${gapTable(gaps)}\n\n${await scoreTable(boards)}`);
  await bridge.close();
});
