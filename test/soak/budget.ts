/**
 * Runs 300 random schedules of calls under budgets, with torn connections too, and prints how often a limit was passed
 * and how often the ledger differs from the server's bill: `npm run soak:budget [schedules] [seed]`.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSchedule } from "../training/journal/schedules.ts";

const [schedules = 300, first = 1] = process.argv.slice(2).map(Number);
const root = mkdtempSync(join(tmpdir(), "tracegrad-soak-"));
const sums = {
  schedules: 0,
  requests: 0,
  overCalls: 0,
  overTokens: 0,
  overUsd: 0,
  most: 0,
  unlike: 0,
  below: 0,
  reopened: 0,
};
const ends: Record<string, number> = {};
try {
  for (let seed = first; seed < first + schedules; seed += 1) {
    const result = await runSchedule(seed, root, { torn: true });
    const { budget, billed, spent, reopened } = result;
    const tokens = billed.inputTokens + billed.outputTokens;
    const shares = [
      billed.requests / (budget.llmCalls ?? Number.POSITIVE_INFINITY),
      tokens / (budget.tokens ?? Number.POSITIVE_INFINITY),
      billed.usd / (budget.usd ?? Number.POSITIVE_INFINITY),
    ] as const;
    const [calls, ofTokens, usd] = shares.map((share) => (share > 1 + 1e-9 ? 1 : 0)) as [number, number, number];
    const counted = spent.inputTokens + spent.outputTokens;
    const isAlike = spent.llmCalls === billed.requests && counted === tokens;
    sums.schedules += 1;
    sums.requests += billed.requests;
    sums.overCalls += calls;
    sums.overTokens += ofTokens;
    sums.overUsd += usd;
    sums.most = Math.max(sums.most, ...shares);
    sums.unlike += isAlike ? 0 : 1;
    sums.below += spent.llmCalls < billed.requests || counted < tokens ? 1 : 0;
    const differs = reopened.llmCalls !== spent.llmCalls || reopened.inputTokens + reopened.outputTokens !== counted;
    sums.reopened += differs ? 1 : 0;
    for (const [end, times] of Object.entries(result.ends)) ends[end] = (ends[end] ?? 0) + times;
    if (!isAlike) console.log(JSON.stringify({ seed, billed, counted, calls: spent.llmCalls, ends: result.ends }));
  }
} finally {
  rmSync(root, { recursive: true, force: true });
}
console.log(JSON.stringify({ ...sums, ends }));
process.exitCode = sums.overCalls + sums.overTokens + sums.overUsd + sums.unlike + sums.reopened > 0 ? 1 : 0;
