/** Models that read ACE's prompts as they were rendered and answer by rule, and a small program with a playbook. */

import { bundle, parameter, trace } from "tracegrad";
import type { LanguageModel, ModelRequest } from "tracegrad/llm";
import { type AceAlgorithmOptions, ace, type Playbook, playbook, playbookText } from "tracegrad/optimizers";
import { type ScriptedAnswer, scripted } from "tracegrad/testing";
import { textOf } from "../readers.ts";

const titles = [
  "Objective",
  "Note",
  "Playbook",
  "Code",
  "Documentation",
  "Shared values",
  "Left out of the runs",
  "Feedback",
  "Your reflection so far",
  "Limits",
  "Left out",
] as const;
type Title = (typeof titles)[number] | "Runs" | "Reflection" | "Your answer";

/** The sections of ACE's prompts by title; of the runs all together. */
export function sectionsOf(request: ModelRequest | undefined): { readonly [title in Title]?: string } {
  const parts = textOf(request as ModelRequest, 0).split(
    new RegExp(`^# (${titles.join("|")}|Run \\d+|Reflection|Your answer)\\n`, "m"),
  );
  const sections: Record<string, string> = {};
  for (let at = 1; at < parts.length; at += 2) sections[parts[at] as string] = (parts[at + 1] as string).trimEnd();
  const runs = Object.entries(sections).filter(([title]) => title.startsWith("Run "));
  if (runs.length === 0) return sections;
  const said = runs.flatMap(([, text]) => /^Feedback: ([^]*)/m.exec(text)?.[1] ?? []).join("\n");
  return { Feedback: said, ...sections, Runs: runs.map(([, text]) => text).join("\n") };
}

export const isReflector = (request: ModelRequest) => request.tool?.name === "reflect";
export const reflect = (keyInsight: string, bulletTags: unknown = []) => ({
  toolInput: { reasoning: "r", error: "e", rootCause: "c", correctApproach: "a", keyInsight, bulletTags },
});
export const curate = (...operations: unknown[]) => ({ toolInput: { reasoning: "So.", operations } });
export const add = (text: string, section = "strategies") => ({ type: "ADD", section, text });

/** A model that answers the reflector's and the curator's prompts apart. */
export function both(
  reflector: (request: ModelRequest, round: number) => ScriptedAnswer,
  curator: (request: ModelRequest, round: number) => ScriptedAnswer,
) {
  const counts = { reflector: 0, curator: 0 };
  return scripted((request) =>
    isReflector(request) ? reflector(request, counts.reflector++) : curator(request, counts.curator++),
  );
}

/** A program of one playbook and one other parameter, and an optimizer of both. */
export function small(
  llm: LanguageModel,
  settings: AceAlgorithmOptions = {},
  options: Parameters<typeof playbook>[1] = {},
) {
  const book = playbook(["One.", "Two."], { name: "book", ...options });
  const other = parameter("Hello", { name: "greeting" });
  const say = bundle(function say(greeting: string, book: Playbook): string {
    return `${greeting}: ${playbookText(book)}`;
  });
  const run = () => trace(() => say(other, book));
  return { book, other, run, optimizer: ace([book, other], { llm, ...settings }) };
}

export const textsOf = (book: { readonly data: Playbook }) => book.data.bullets.map(({ id, text }) => `${id} ${text}`);
