/**
 * Battleship, after the example of Trace: a JSON policy plays games on random boards; its optimum is that of all
 * policies.
 */

import { bundle, parameter } from "tracegrad";
import { type Rng, seeded, shuffled } from "../../../src/util/rng.ts";
import { type Family, pick, taskOf, type Values } from "../problem.ts";
import { type Prompt, shownText } from "../prompt.ts";
import { choices } from "../spaces.ts";

const size = 6;
const ships = [3, 2, 2];
const parts = { train: 6, validation: 6, exam: 20 };
const fields = {
  search: ["rows", "columns", "checkerboard", "random"],
  afterHit: ["ignore", "around", "line"],
  edges: ["last", "any"],
} as const;
type Policy = { readonly [field in keyof typeof fields]: string };

interface Game {
  readonly shots: number;
  /** How often the shot after an open hit did not touch it, or did not follow a line of two hits. */
  readonly astray: number;
  readonly offLine: number;
  /** Shots in search of a ship that touched an earlier miss. */
  readonly crowded: number;
}

/** The cells of ships that lie straight and do not touch. */
function fleetOf(rng: Rng): ReadonlySet<number> {
  for (;;) {
    const fleet = new Set<number>();
    const placed = ships.every((length) => {
      const [along, first] = [rng.float() < 0.5 ? 1 : size, rng.integer(size * size)];
      const cells = Array.from({ length }, (_, index) => first + index * along);
      const fits = along === 1 ? (first % size) + length <= size : first + (length - 1) * size < size * size;
      const free = fits && cells.every((cell) => !fleet.has(cell) && around(cell).every((near) => !fleet.has(near)));
      if (free) for (const cell of cells) fleet.add(cell);
      return free;
    });
    if (placed) return fleet;
  }
}

function around(cell: number): readonly number[] {
  const [row, column] = [Math.floor(cell / size), cell % size];
  return [
    ...(row > 0 ? [cell - size] : []),
    ...(row < size - 1 ? [cell + size] : []),
    ...(column > 0 ? [cell - 1] : []),
    ...(column < size - 1 ? [cell + 1] : []),
  ];
}

const isEdge = (cell: number) => around(cell).length < 4;

/** The order in which cells are tried while no ship is known. */
function searchOrder({ search, edges }: Policy, rng: Rng): readonly number[] {
  const cells = [...Array(size * size).keys()];
  const key = (cell: number) => (search === "columns" ? (cell % size) * size + Math.floor(cell / size) : cell);
  const parity = (cell: number) => (search === "checkerboard" ? (Math.floor(cell / size) + cell) % 2 : 0);
  const edge = (cell: number) => (edges === "last" && isEdge(cell) ? 1 : 0);
  const order = search === "random" ? shuffled(cells, rng) : cells.toSorted((a, b) => key(a) - key(b));
  return order.toSorted((a, b) => parity(a) - parity(b) || edge(a) - edge(b));
}

function play(policy: Policy, fleet: ReadonlySet<number>, rng: Rng): Game {
  const order = searchOrder(policy, rng);
  const [hits, shot] = [new Set<number>(), new Set<number>()];
  let [astray, offLine, crowded] = [0, 0, 0];
  while (hits.size < fleet.size) {
    const open = [...hits].flatMap((cell) => around(cell)).filter((cell) => !shot.has(cell));
    const lined = open.filter((cell) => inLine(cell, hits));
    const wanted = policy.afterHit === "line" && lined.length > 0 ? lined : policy.afterHit === "ignore" ? [] : open;
    const target = wanted[0] ?? (order.find((cell) => !shot.has(cell)) as number);
    if (open.length > 0 && !open.includes(target)) astray++;
    if (lined.length > 0 && !lined.includes(target)) offLine++;
    if (open.length === 0 && around(target).some((cell) => shot.has(cell) && !fleet.has(cell))) crowded++;
    shot.add(target);
    if (fleet.has(target)) hits.add(target);
  }
  return { shots: shot.size, astray, offLine, crowded };
}

function inLine(cell: number, hits: ReadonlySet<number>): boolean {
  return around(cell).some(
    (near) => hits.has(near) && hits.has(near + (near - cell)) && around(near).includes(2 * near - cell),
  );
}

/** 1 for a game without a miss, 0 for one in which every cell was shot at. */
function scoreOf({ shots }: Game): number {
  const cells = ships.reduce((sum, length) => sum + length, 0);
  return (size * size - shots) / (size * size - cells);
}

function textOf({ shots, astray, offLine, crowded }: Game): string {
  const lines = [`The fleet was sunk with ${shots} shots.`];
  if (astray > 0) lines.push(`${astray} shots did not touch a hit that had open cells around it.`);
  else if (offLine > 0) lines.push(`${offLine} shots left the line of two hits.`);
  if (crowded > 3) lines.push(`${crowded} searching shots lay next to a miss, where no new ship is likely.`);
  return lines.join(" ");
}

function told(prompt: Prompt, rng: Rng): Values | undefined {
  const policy = JSON.parse(shownText(prompt, "policy")) as Policy;
  const ideas: Policy[] = [];
  if (/did not touch a hit/.test(prompt.feedback)) ideas.push({ ...policy, afterHit: "around" });
  if (/left the line/.test(prompt.feedback)) ideas.push({ ...policy, afterHit: "line" });
  const crowded = /lay next to a miss/.test(prompt.feedback) && policy.search !== "checkerboard";
  if (crowded) ideas.push({ ...policy, search: "checkerboard" });
  return ideas.length === 0 ? undefined : { policy: pick(ideas, rng) };
}

export const battleship: Family = {
  name: "battleship",
  about:
    "A JSON policy for Battleship on 6 by 6; the optimum is the best of all 24 on the exam; words tell its bad habits.",
  moves: { told },
  problem(seed, { noise = 0 } = {}) {
    const rng = seeded(`battleship/${seed}`);
    const count = parts.train + parts.validation + parts.exam;
    const rows = Array.from({ length: count }, (_, game) => ({ input: game, target: [...fleetOf(rng)] }));
    const luck = (game: number) => seeded(`battleship/${seed}/${game}`);
    const { optimum, best } = bestOf((policy) => {
      const scores = rows
        .slice(-parts.exam)
        .map(({ input, target }) => scoreOf(play(policy, new Set(target), luck(input))));
      return scores.reduce((sum, score) => sum + score, 0) / scores.length;
    });
    const fleets = new Map(rows.map(({ input, target }) => [input, new Set(target)]));
    return {
      name: `battleship/${seed}`,
      family: "battleship",
      optimum,
      best: { policy: best },
      make() {
        const first: Record<string, string> = { search: "rows", afterHit: "ignore", edges: "last" };
        const policy = parameter(first, { name: "policy", ...choices(fields as never) });
        const game = bundle(
          (policy: Record<string, string>, game: number) =>
            play(policy as Policy, fleets.get(game) ?? new Set(), luck(game)),
          {
            name: "game",
            doc: "Plays a game by the policy: where to search, what to do after a hit, whether edges come last.",
          },
        );
        return taskOf({
          agent: (input: number) => game(policy, input),
          parameters: policy,
          guide: (_input, output: Game) => ({ score: scoreOf(output), text: textOf(output) }),
          rows,
          parts: { train: parts.train, validation: parts.validation },
          noise: { seed: `battleship/${seed}`, size: noise },
        });
      },
    };
  },
};

function bestOf(value: (policy: Policy) => number): { readonly optimum: number; readonly best: Policy } {
  const policies = fields.search.flatMap((search) =>
    fields.afterHit.flatMap((afterHit) => fields.edges.map((edges) => ({ search, afterHit, edges }))),
  );
  const scored = policies.map((best) => ({ optimum: value(best), best }));
  return scored.reduce((leader, one) => (one.optimum > leader.optimum ? one : leader));
}
