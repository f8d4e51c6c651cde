/** The ledger of a run and the bill of a server agree, and no limit is passed, whatever happens to the calls. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../llm/folder.ts";
import { runSchedule } from "./schedules.ts";

test("over random schedules of costs, retries, refusals and broken streams the ledger is the server's bill", async () => {
  const root = temporaryFolder();
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const { budget, billed, spent, reopened } = await runSchedule(seed, root, { torn: false });
      for (const { llmCalls, inputTokens, outputTokens, possiblyPaid } of [spent, reopened]) {
        expect([llmCalls, inputTokens, outputTokens, possiblyPaid]).toEqual([
          billed.requests,
          billed.inputTokens,
          billed.outputTokens,
          0,
        ]);
      }
      expect(billed.requests).toBeLessThanOrEqual(budget.llmCalls ?? Number.POSITIVE_INFINITY);
      expect(billed.inputTokens + billed.outputTokens).toBeLessThanOrEqual(budget.tokens ?? Number.POSITIVE_INFINITY);
      expect(billed.usd).toBeLessThanOrEqual((budget.usd ?? Number.POSITIVE_INFINITY) * (1 + 1e-9));
    }),
    { numRuns: 25, endOnFailure: true },
  );
});
