/** Messages to another process that gather until the turn of the event loop is over. */

import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Outbox, readMessages } from "../../src/executors/outbox.ts";

function outboxWithWrites(): { readonly outbox: Outbox<unknown>; readonly writes: (readonly unknown[])[] } {
  const writes: (readonly unknown[])[] = [];
  return { outbox: new Outbox((texts) => writes.push(readMessages(texts))), writes };
}

test("go in one write, in order", async () => {
  const { outbox, writes } = outboxWithWrites();
  for (const message of [1, { two: [2] }, "three"]) outbox.add(message);
  expect(writes).toEqual([]);
  await turn();
  outbox.add(4);
  await turn();
  expect(writes).toEqual([[1, { two: [2] }, "three"], [4]]);
});

test("that cannot be sent are refused to their sender, and cost no other", async () => {
  const { outbox, writes } = outboxWithWrites();
  outbox.add("before");
  expect(() => outbox.add({ tokens: 3n })).toThrow(TypeError);
  outbox.add("after");
  await turn();
  expect(writes).toEqual([["before", "after"]]);
});

test("are parted where together they would be very long", async () => {
  const { outbox, writes } = outboxWithWrites();
  const long = "x".repeat(700_000);
  for (const message of [long, long, "short"]) outbox.add(message);
  await turn();
  expect(writes).toEqual([[long], [long, "short"]]);
});
