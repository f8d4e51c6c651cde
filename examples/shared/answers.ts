/** What a cassette says of its answers: who gave them, and when. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

interface CassetteText {
  readonly recorded: string;
  readonly entries: readonly { readonly recordedAt?: string; readonly reply: { readonly model: string } }[];
}

/** The models that gave the answers of a cassette, and the day of the last one. */
export function answersIn(cassette: string): { readonly models: string[]; readonly date: string } {
  const bytes = readFileSync(cassette);
  const text = (cassette.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const { recorded, entries } = JSON.parse(text) as CassetteText;
  const days = entries.map(({ recordedAt }) => recordedAt ?? recorded).sort();
  return {
    models: [...new Set(entries.map(({ reply }) => reply.model))].sort(),
    date: (days.at(-1) ?? recorded).slice(0, 10),
  };
}
