/** The contract as `docs/models.md` shows it. */

import { faults, type Outcome, silences, UNSEEN } from "./faults.ts";

const all = [...faults, ...silences];

/** The table: one row for each of the faults, and one for those that differ in a status only. */
export function tableText(): string {
  const byOutcome = new Map<string, string[]>();
  for (const { what, outcome } of all) {
    const status = /^status (\d+)$/.exec(what)?.[1];
    const key = status ? `\n${cells(outcome)}` : `${what}\n${cells(outcome)}`;
    byOutcome.set(key, [...(byOutcome.get(key) ?? []), status ?? what]);
  }
  const lines = [...byOutcome].map(([key, whats]) => {
    const what = key.startsWith("\n") ? `status ${whats.join(", ")}` : whats.join("");
    return `| ${what} | ${key.split("\n").at(-1)} |`;
  });
  return ["| the provider sends | `generate` | counted |", "|---|---|---|", ...lines].join("\n");
}

/** The rows in which `aiSdk()` differs. */
export function aiSdkTableText(): string {
  const lines = all.flatMap(({ what, aiSdk }) => (aiSdk === undefined ? [] : [`| ${what} | ${cells(aiSdk)} |`]));
  return ["| the provider sends | `aiSdk()` | counted |", "|---|---|---|", ...lines].join("\n");
}

function cells(outcome: Outcome | typeof UNSEEN): string {
  if (outcome === UNSEEN) return "does not notice it: asks again after `idleTimeoutMs` | upper bound";
  return `${outcomeText(outcome)} | ${outcome.counted}`;
}

function outcomeText(outcome: Outcome): string {
  if ("code" in outcome) return `rejects: \`${outcome.code}\``;
  return "asksAgain" in outcome ? "asks again" : `gives ${outcome.note}`;
}
