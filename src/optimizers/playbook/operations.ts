/** The changes that can be made to a playbook, and the check that a value is one of them. */

import { preview } from "../../util/preview.ts";
import { longestText, type PlaybookLimits } from "./bullets.ts";

/** What a bullet did in a run. */
export type BulletTag = "helpful" | "harmful" | "neutral";

/**
 * A change of a playbook. ADD makes a bullet, UPDATE rewrites one and keeps its id and counters, MERGE puts several
 * into the oldest of them and adds their counters, DELETE takes one away, TAG counts what one did.
 */
export type PlaybookOperation =
  | { readonly type: "ADD"; readonly section: string; readonly text: string }
  | { readonly type: "UPDATE"; readonly id: string; readonly text: string; readonly section?: string }
  | { readonly type: "MERGE"; readonly ids: readonly string[]; readonly text: string; readonly section?: string }
  | { readonly type: "DELETE"; readonly id: string }
  | { readonly type: "TAG"; readonly id: string; readonly tag: BulletTag };

type Given = Readonly<Record<string, unknown>>;

const kinds = ["ADD", "UPDATE", "MERGE", "DELETE", "TAG"] as const;
const tags: readonly unknown[] = ["helpful", "harmful", "neutral"];

/** The operation that `given` is, its texts trimmed; a sentence when it is none, or not one within the limits. */
export function readOperation(given: unknown, limits: PlaybookLimits): PlaybookOperation | string {
  if (typeof given !== "object" || given === null) return `It is no operation: ${preview(given, 80)}.`;
  const fields = given as Given;
  const type = kinds.find((kind) => kind === fields["type"]);
  if (type === undefined) return `"type" is one of ${kinds.join(", ")}; got ${preview(fields["type"], 80)}.`;
  const problem = problemIn(type, fields, limits);
  if (problem !== undefined) return problem;
  const { id, ids, tag } = fields as { id: string; ids: readonly string[]; tag: BulletTag };
  if (type === "DELETE") return { type, id };
  if (type === "TAG") return { type, id, tag };
  const text = (fields["text"] as string).trim();
  const section = isGiven(fields["section"]) ? { section: fields["section"] as string } : {};
  if (type === "MERGE") return { type, ids: [...new Set(ids)], text, ...section };
  return type === "UPDATE" ? { type, id, text, ...section } : { type, section: fields["section"] as string, text };
}

function problemIn(type: PlaybookOperation["type"], fields: Given, limits: PlaybookLimits): string | undefined {
  const { id, ids, tag, text } = fields;
  const hasId = type === "UPDATE" || type === "DELETE" || type === "TAG";
  if (hasId && typeof id !== "string") return `${type} needs "id", the id of a bullet.`;
  if (type === "MERGE") {
    const isList = Array.isArray(ids) && ids.every((one) => typeof one === "string");
    if (!isList || new Set(ids).size < 2) return 'MERGE needs "ids", the ids of two or more different bullets.';
  }
  if (type === "TAG") return tags.includes(tag) ? undefined : `"tag" is one of ${tags.join(", ")}.`;
  if (type === "DELETE") return undefined;
  return textProblem(type, text) ?? sectionProblem(type, fields["section"], limits);
}

function textProblem(type: string, text: unknown): string | undefined {
  if (typeof text !== "string" || text.trim() === "") return `${type} needs "text", which is not empty.`;
  if (text.length <= longestText) return undefined;
  return `The text has ${text.length} characters; the most is ${longestText}.`;
}

function sectionProblem(type: string, section: unknown, { sections }: PlaybookLimits): string | undefined {
  if (!isGiven(section) && type !== "ADD") return undefined;
  if (sections.includes(section as string)) return undefined;
  const got = isGiven(section) ? `There is no section ${preview(section, 80)}.` : `${type} needs "section".`;
  return `${got} The sections are: ${sections.join(", ")}.`;
}

/** Models write null, or an empty text, for what they leave out. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}
