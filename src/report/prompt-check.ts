/** Reads a prompt as its payer and its reader would: tokens by section, repeated lines, what was cut, what is missing. */

import type { StepRecord } from "../training/types.ts";
import { headOf } from "../util/cut.ts";
import { countTokens } from "../util/tokens.ts";
import { plural } from "./figures.ts";
import { textTable } from "./table.ts";

/** What a model was asked. */
type CheckedRequest = StepRecord["exchanges"][number]["request"];

/** A section of a prompt. */
export interface PromptSectionSize {
  /** `system`, `tool`, or the title of the section; what stands before the first title has the title "". */
  readonly title: string;
  readonly tokens: number;
}

/** A line that a prompt has more than once. */
export interface RepeatedLine {
  readonly line: string;
  readonly count: number;
  /** The tokens of all but the first. */
  readonly tokens: number;
}

/** What can be said of a prompt by reading it. */
export interface PromptCheck {
  /** The tokens of the texts, estimated; images come on top. */
  readonly tokens: number;
  readonly images: number;
  readonly sections: readonly PromptSectionSize[];
  /** Long lines that occur more than once, those that cost most first. */
  readonly repeated: readonly RepeatedLine[];
  /** How many values were cut. */
  readonly cuts: number;
  /** How many notes say that something was left out. */
  readonly leftOut: number;
  /** What the program should declare so that the prompt says it, in sentences. */
  readonly missing: readonly string[];
}

/**
 * Where a value was cut. A cut out of the middle of a text has a mark on both sides; the mark before rows of a table
 * that are left out is none.
 */
const cutMark = /… \(\d+ characters left out\) …|…(?! \((?:the values of k = )?\d+(?: to \d+)? left out\))/g;

/** Shorter lines are part of any code and table. */
const leastRepeated = 40;

/**
 * Checks the prompt of any optimizer. It is for people, and for tests of one's own program: a prompt that repeats a
 * long text, cuts values or lacks a description costs money and teaches less.
 * @example
 * const check = checkPrompt(llm.calls[0]);
 * expect(check.repeated).toEqual([]);
 * expect(check.tokens).toBeLessThan(2_000);
 */
export function checkPrompt({ system = "", messages, tool }: CheckedRequest): PromptCheck {
  const content = messages.flatMap((message) =>
    typeof message.content === "string" ? [{ type: "text" as const, text: message.content }] : message.content,
  );
  const texts = content.flatMap((part) => (part.type === "text" ? [part.text] : []));
  const text = texts.join("\n");
  const parts = sectionsOf(text);
  const own = parts.flatMap((part) => part.own).join("\n");
  const sections = [
    { title: "system", tokens: countTokens(system) },
    ...(tool === undefined ? [] : [{ title: "tool", tokens: countTokens(JSON.stringify(tool)) }]),
    ...parts.map(({ title, lines }) => ({ title, tokens: countTokens(lines.join("\n")) })),
  ].filter(({ tokens }) => tokens > 0);
  return {
    tokens: sections.reduce((sum, section) => sum + section.tokens, 0),
    images: content.length - texts.length,
    sections,
    repeated: repeatedLines(text),
    cuts: text.match(cutMark)?.length ?? 0,
    leftOut: own.match(/left out/g)?.length ?? 0,
    missing: [...missingDocs(parts), ...missingScores(own)],
  };
}

interface TextSection {
  readonly title: string;
  readonly lines: string[];
  /** The lines outside of fences, which hold no values. */
  readonly own: string[];
}

/** The sections of a prompt by their titles, `# Title`; those inside of fences are text. */
function sectionsOf(text: string): readonly TextSection[] {
  const sections: TextSection[] = [{ title: "", lines: [], own: [] }];
  let fence: string | undefined;
  for (const line of text.split("\n")) {
    const [mark] = /^`{3,}/.exec(line) ?? [];
    if (mark !== undefined) fence = fence === undefined ? mark : mark === fence ? undefined : fence;
    const title = fence === undefined ? /^# (.+)$/.exec(line)?.[1] : undefined;
    if (title !== undefined) {
      sections.push({ title, lines: [], own: [] });
      continue;
    }
    const section = sections.at(-1) as TextSection;
    section.lines.push(line);
    if (fence === undefined && mark === undefined) section.own.push(line);
  }
  return sections;
}

function repeatedLines(text: string): readonly RepeatedLine[] {
  const counts = new Map<string, number>();
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line.length >= leastRepeated) counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([line, count]) => ({ line, count, tokens: (count - 1) * countTokens(line) }))
    .sort((a, b) => b.tokens - a.tokens);
}

/** What has no description. */
function missingDocs(parts: readonly TextSection[]): readonly string[] {
  const sections = new Map(parts.map((section) => [section.title, section]));
  const [variables = "", code = "", docs = ""] = ["Variables", "Code", "Documentation"].map((one) =>
    sections.get(one)?.lines.join("\n"),
  );
  const declared = sections.get("Variables")?.own ?? [];
  const undescribed = declared.flatMap((line) => /^\(\w+\) (\S+)$/.exec(line)?.[1] ?? []).map((name) => `\`${name}\``);
  const called = new Set([...code.matchAll(/ = ([\w$]+)\(/g)].map(([, name]) => name as string));
  const unknown = [...called].filter((name) => !docs.includes(`[${name}]`) && !variables.includes(` ${name}`));
  const missing: string[] = [];
  if (undescribed.length > 0) missing.push(`What ${undescribed.join(", ")} is for: give it a \`doc\`.`);
  if (unknown.length > 0) {
    missing.push(
      `What ${unknown.map((name) => `\`${name}\``).join(", ")} does: give it a \`doc\`, or a comment above it.`,
    );
  }
  return missing;
}

/** Scores are written under the feedback or, by OPRO, in titles; OPRO says the scale of all of them in one line. */
function missingScores(own: string): readonly string[] {
  const scores = [...own.matchAll(/^(?:## )?Score: (.*)$/gm)].map(([, score]) => score as string);
  if (scores.length === 0) return ["A score: the feedback has none."];
  const isKnown = /^\(Scores go from /m.test(own) || scores.some((score) => score.includes(" of "));
  return isKnown ? [] : ["The highest score: give `train` a `maxScore`."];
}

/** How many repeated lines are printed, and how much of each. */
const [maxRepeated, maxLine] = [5, 80];

/** A check as text for a terminal. */
export function promptCheckText({ tokens, images, sections, ...check }: PromptCheck): string {
  const rows = sections.map((one) => [one.title === "" ? "(before the first title)" : one.title, one.tokens]);
  const table = textTable({ columns: ["section", "tokens"], rows: [...rows, ["all", tokens]] });
  const pictures = images === 0 ? [] : [`${plural(images, "image")}.`];
  const repeated = check.repeated
    .slice(0, maxRepeated)
    .map(({ line, count, tokens: cost }) => `  ${count} times (${cost} tokens): ${headOf(line, maxLine)}`);
  const more = check.repeated.length - repeated.length;
  return [
    table.trimEnd(),
    ...pictures,
    `Repeated lines: ${check.repeated.length === 0 ? "none." : ""}`.trimEnd(),
    ...repeated,
    ...(more > 0 ? [`  and ${more} more.`] : []),
    `Cuts: ${check.cuts}. Notes that something was left out: ${check.leftOut}.`,
    `Missing: ${check.missing.length === 0 ? "nothing that the check looks for." : ""}`.trimEnd(),
    ...check.missing.map((line) => `  ${line}`),
  ].join("\n");
}
