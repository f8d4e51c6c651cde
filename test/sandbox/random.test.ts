import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { quickjs } from "../../src/sandbox/quickjs.ts";
import { program } from "./programs.ts";

const sandbox = quickjs();
beforeAll(() => sandbox.load());

const draw = program(`const first = Math.random();
function draw(n) { return [first, Math.random(), Math.random(), Date.now(), new Date().toISOString(), n]; }`);
const wait = async (ms: number) => sleep(ms);
const later = program(
  `async function later(name, ms) { const out = [Math.random()]; await wait(ms); out.push(Math.random(), Date.now()); return [name, ...out]; }`,
  { scope: { wait } },
);

/** What calls with these waits draw, in one seeded session, side by side. */
async function drawn(seed: string, waits: readonly number[]): Promise<readonly unknown[]> {
  const session = sandbox.open(seed);
  const results = await Promise.all(waits.map((ms, index) => session.callAsync(later, [`n${index}`, ms])));
  session.close();
  return results;
}

test("a seeded session draws the same numbers and times again, and other ones by another seed", () => {
  const all = ["a", "a", "b"].map((seed) => {
    const session = sandbox.open(seed);
    const results = [1, 1, 2].map((n) => session.call(draw, [n]) as unknown[]);
    session.close();
    return results;
  });
  expect(all[0]).toEqual(all[1]);
  expect(all[0]).not.toEqual(all[2]);
  // Each call draws its own numbers, also with the same arguments.
  expect(new Set(all[0]?.map(([, number]) => number)).size).toBe(3);
  expect(all[0]?.[0]?.slice(3, 5)).toEqual([Date.UTC(2026, 0, 1), "2026-01-01T00:00:00.001Z"]);
});

test("calls side by side draw the same whichever goes on first", async () => {
  const known = (results: readonly unknown[]) => results.map((one) => (one as unknown[]).filter((part) => part !== 0));
  const one = known(await drawn("s", [9, 9, 9]));
  const again = known(await drawn("s", [9, 9, 9]));
  expect(again).toEqual(one);
  const crossing = program(
    `async function crossing(n) { const a = Math.random(); await pause(n); return [a, Math.random(), Date.now()]; }`,
    { scope: { pause: (n: number) => sleep(turn(n)) } },
  );
  let turn = (n: number) => n * 4;
  const run = async () => {
    const session = sandbox.open("s");
    const results = await Promise.all([0, 1, 2].map((n) => session.callAsync(crossing, [n])));
    session.close();
    return results;
  };
  const forward = await run();
  turn = (n) => (2 - n) * 4;
  expect(await run()).toEqual(forward);
});

test("a date is a date, whoever made it, and a loop that waits for time to pass ends", () => {
  const source = `function dates(given) {
    let turns = 0;
    for (const end = Date.now() + 20; Date.now() < end; ) turns++;
    return [given instanceof Date, new Date(5).getTime(), new Date(2020, 1).getFullYear(), typeof Date(), new Date() instanceof Date,
      given.constructor === Date, turns > 0, class Later extends Date {}.name, Date.UTC(2000, 0), Date.name];
  }`;
  const session = sandbox.open("seed");
  const expected = [true, 5, 2020, "string", true, true, true, "Later", 946684800000, "Date"];
  expect(session.call(program(source), [new Date(3)])).toEqual(expected);
  session.close();
});

test("a session without a seed has real chance and the real clock", () => {
  const results = [1, 2].map(() => {
    const session = sandbox.open();
    const result = session.call(draw, [1]) as number[];
    session.close();
    return result;
  });
  expect(Math.abs((results[0]?.[3] as number) - Date.now())).toBeLessThan(60_000_000);
});
