/** The pieces of a prompt's text: sections under titles, values in full, fences, and what a variable is. */

import { placeholdersOf } from "../../nodes/placeholders.ts";
import type { TypeDeclaration } from "../../nodes/source/declarations.ts";
import { cut } from "../../util/cut.ts";
import type { Variable } from "../problem.ts";

/** A part of a prompt. One without a text, or with an empty list of lines, is left out. */
export type PromptSection = readonly [title: string, content: string | readonly string[] | undefined];

/** Sections, each under its title. */
export function joinSections(sections: readonly PromptSection[]): string {
  return sections.flatMap(sectionText).join("\n\n");
}

function sectionText([title, content]: PromptSection): readonly string[] {
  if (content === undefined || (typeof content !== "string" && content.length === 0)) return [];
  return [`# ${title}\n${typeof content === "string" ? content : joinLines(content)}`];
}

const chunkLength = 1_024;

/** The lines as one text, joined in chunks: one join of 100,000 lines takes four times as long. */
function joinLines(lines: readonly string[]): string {
  if (lines.length <= chunkLength) return lines.join("\n");
  const chunks: string[] = [];
  for (let at = 0; at < lines.length; at += chunkLength) chunks.push(lines.slice(at, at + chunkLength).join("\n"));
  return chunks.join("\n");
}

/** A value in full: a string as it is, everything else as JSON. */
export function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Puts a fence around text that is longer than any fence inside it. */
export function fenced(text: string): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

/**
 * What a variable is and what a new value must fulfil, a line each; without its value.
 * @param known The declarations that the prompt has already, which are not written again; those written are added.
 */
export function variableLines(
  { name, parameter }: Pick<Variable, "name" | "parameter">,
  known: Set<string> = new Set(),
): readonly string[] {
  const { kind, doc, constraint, code, first } = parameter;
  const lines = [`(${kind}) ${name}${doc === undefined ? "" : `: ${doc}`}`];
  if (constraint !== undefined) lines.push(`Constraint: ${constraint}`);
  const places = kind === "text" && parameter.placeholders ? placeholdersOf(first as string) : [];
  if (places.length > 0) lines.push(`Placeholders to keep, with none added: ${places.join(", ")}`);
  if (code !== undefined) lines.push(`Signature to keep: ${code.signature}`, ...typeLines(code.types, known));
  const scope = code?.spec.scope ?? [];
  if (scope.length > 0) lines.push(`Beside standard JavaScript it may use: ${scope.join(", ")}`);
  return lines;
}

/** How many characters of declarations are shown with one signature. */
const maxTypes = 6_000;

/** The declarations of the types that a signature names, but for those that are known. */
function typeLines(types: readonly TypeDeclaration[], known: Set<string>): readonly string[] {
  const texts = types.map(({ text }) => text).filter((text) => text !== "" && !known.has(text));
  for (const text of texts) known.add(text);
  return texts.length === 0 ? [] : ["Its types:", fenced(cut(texts.join("\n"), maxTypes))];
}
