/** The benches of traced agents run, whatever the machine's speed: each way once, in a process of its own. */

import { expect, test } from "vitest";
import { gateVerdict, measureAgents, tableOf } from "../../bench/agents/measure.ts";

test("every way to make a call gives finite figures, and only ours have gates", async () => {
  const figures = await measureAgents(1, 1);
  for (const { pairs } of figures.rows) {
    for (const figure of pairs.flatMap((pair) => Object.values(pair) as number[])) expect(figure).toBeGreaterThan(0);
  }
  expect(figures.observer.times).toEqual([expect.toSatisfy(Number.isFinite)]);
  const gated = figures.rows.filter(({ gate }) => gate !== undefined);
  expect(gated.map(({ id }) => id)).toEqual(["A1a", "A1b", "A1c", "A2a", "A2b", "A2c"]);
  const table = tableOf(figures);
  for (const { id, what } of figures.rows) expect(table).toContain(`| ${id} | ${what} |`);
});

test("a gate is broken by the median of the rounds, and by what is no number", () => {
  expect(gateVerdict([2, 9, 1], 2)).toBe("good");
  expect(gateVerdict([3, 9, 1], 2)).toBe("broken");
  expect(gateVerdict([Number.NaN], 2)).toBe("broken");
});
