import { expect, test } from "vitest";
import { Pacer } from "../../src/sandbox/pace.ts";

/** Holds the event loop. */
function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("runs what is short at once, and all in order", () => {
  const pacer = new Pacer();
  const order: number[] = [];
  pacer.add(() => {
    pacer.add(() => order.push(2));
    order.push(1);
  });
  pacer.add(() => order.push(3));
  expect(order).toEqual([1, 2, 3]);
});

test("lets the event loop go on between tasks that are long", async () => {
  const pacer = new Pacer();
  const order: string[] = [];
  const turns = { count: 0 };
  const turn = (): void => {
    turns.count++;
    if (order.length < 6) setImmediate(turn);
  };
  setImmediate(turn);
  for (let at = 0; at < 6; at++) {
    pacer.add(() => {
      work(12);
      order.push(`${at}`);
    });
  }
  expect(order).toEqual(["0"]);
  while (order.length < 6) await new Promise(setImmediate);
  expect(order).toEqual(["0", "1", "2", "3", "4", "5"]);
  expect(turns.count).toBeGreaterThanOrEqual(5);
});
