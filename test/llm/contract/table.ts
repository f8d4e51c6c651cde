/** The contract as `docs/models.md` shows it. */

import { faults, type Outcome, silences } from "./faults.ts";

/** The table: one row for each of the faults, and one for those that differ in a status only. */
export function tableText(): string {
  const rows = [...faults, ...silences].map(({ what, outcome }) => [what, outcomeText(outcome), outcome.counted]);
  const byOutcome = new Map<string, string[]>();
  for (const [what = "", ...rest] of rows) {
    const status = /^status (\d+)$/.exec(what);
    const key = status ? rest.join(" | ") : `${what}\n${rest.join(" | ")}`;
    byOutcome.set(key, [...(byOutcome.get(key) ?? []), status ? (status[1] as string) : what]);
  }
  const lines = [...byOutcome].map(([key, whats]) => {
    const what = key.includes("\n") ? whats.join("") : `status ${whats.join(", ")}`;
    return `| ${what} | ${key.split("\n").at(-1)} |`;
  });
  return ["| the provider sends | `generate` | counted |", "|---|---|---|", ...lines].join("\n");
}

function outcomeText(outcome: Outcome): string {
  if ("code" in outcome) return `rejects: \`${outcome.code}\``;
  return "asksAgain" in outcome ? "asks again" : `gives ${outcome.note}`;
}
