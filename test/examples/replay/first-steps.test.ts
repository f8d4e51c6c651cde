/** The first programs give their committed outcomes again. */

import { expect, test } from "vitest";
import { committedRuns, replayOutcomes } from "./replay-outcome.ts";

test.each(committedRuns("first-steps"))("%s", async (program) => {
  const { committed, replayed } = await replayOutcomes("first-steps", [program], [program]);
  expect(replayed).toEqual(committed);
});
