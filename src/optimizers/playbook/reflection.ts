/** What the reflector finds out about a run: its tool, its reader and its text. */

import type { ModelReply, ReplyTool } from "../../llm/llm.ts";
import { shorten } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import { readFields, refuse, refuseFor } from "../prompt/answer.ts";
import { accept, type ReplyReading } from "../prompt/ask.ts";
import type { AnswerFields } from "../prompt/unwrap.ts";
import type { Playbook, PlaybookLimits } from "./bullets.ts";
import { applyDelta, type PlaybookOperation } from "./delta.ts";
import { reflectorToolName } from "./prompt-text.ts";

/** A reflection, with the playbook after its judgement on the bullets. */
export interface Reflection {
  /** By field, in the order of {@link reflectionFields}; each of bounded length. */
  readonly texts: readonly string[];
  /** The playbook with the bullets' counts. */
  readonly tagged: Playbook;
}

const reflectionFields = {
  reasoning: "What happened, step by step.",
  error: "What was wrong; empty when nothing was.",
  rootCause: "Why it went so.",
  correctApproach: "What should have been done.",
  keyInsight: "The lesson to remember.",
} as const;

/** The most characters of a field; the rest is cut. */
const maxFieldLength = 3_000;

const titles = ["Reasoning", "Error", "Root cause", "Correct approach", "Key insight"];

/** A reflection as text; empty fields are left out. */
export function reflectionText({ texts }: Reflection): string {
  const lines = texts.map((text, index) => (text === "" ? "" : `${titles[index]}: ${text}`));
  return lines.filter((line) => line !== "").join("\n");
}

/** The tool by which a reflection is answered. */
export const reflectionTool: ReplyTool = {
  name: reflectorToolName,
  description: "Tells why the runs went as they did, and which bullets of the playbook helped or misled.",
  inputSchema: {
    type: "object",
    properties: {
      ...Object.fromEntries(
        Object.entries(reflectionFields).map(([name, description]) => [name, { type: "string", description }]),
      ),
      bulletTags: {
        type: "array",
        description: "The bullets that mattered, each at most once.",
        items: {
          type: "object",
          properties: { id: { type: "string" }, tag: { type: "string", enum: ["helpful", "harmful", "neutral"] } },
          required: ["id", "tag"],
          additionalProperties: false,
        },
      },
    },
    required: [...Object.keys(reflectionFields), "bulletTags"],
    additionalProperties: false,
  },
};

/** Reads a reflection on `book`, and applies its tags. */
export function readReflection(reply: ModelReply, book: Playbook, limits: PlaybookLimits): ReplyReading<Reflection> {
  const { value: fields, refused } = readFields(reply, "keyInsight");
  if (fields === undefined) return { value: undefined, refused };
  const problem = problemWith(fields, book);
  if (problem !== undefined) return refuse(problem);
  const { bulletTags = [] } = fields as { readonly bulletTags?: readonly unknown[] };
  const operations = bulletTags.map((answer) => {
    const { id, tag } = (answer ?? {}) as { readonly id?: unknown; readonly tag?: unknown };
    return { type: "TAG", id, tag } as PlaybookOperation;
  });
  const delta = applyDelta(book, operations, limits);
  if (delta.refused.length > 0) {
    return refuseFor(delta.refused.map(({ index, reason }) => `bulletTags[${index}]: ${reason}`));
  }
  const texts = fieldNames.map((name) => shorten(((fields[name] as string | undefined) ?? "").trim(), maxFieldLength));
  return accept({ texts, tagged: delta.playbook });
}

const fieldNames = Object.keys(reflectionFields);

/** Why the fields are not a reflection; undefined when they may be one. */
function problemWith(fields: AnswerFields, book: Playbook): string | undefined {
  const wrong = fieldNames.find((name) => fields[name] !== undefined && typeof fields[name] !== "string");
  if (wrong !== undefined) return `"${wrong}" is a text; got ${preview(fields[wrong], 80)}.`;
  if (typeof fields["keyInsight"] !== "string") return 'The answer has no "keyInsight".';
  const { bulletTags = [] } = fields;
  if (!Array.isArray(bulletTags)) return '"bulletTags" is a list of { "id", "tag" }.';
  if (bulletTags.length > book.bullets.length) {
    return `There are ${bulletTags.length} tags for ${book.bullets.length} bullets. Tag each bullet at most once.`;
  }
  const repeated = repeatedIn(bulletTags.map((tag: { readonly id?: unknown } | null) => tag?.id));
  return repeated === undefined ? undefined : `The bullet ${preview(repeated, 80)} is tagged twice.`;
}

function repeatedIn(ids: readonly unknown[]): unknown {
  const seen = new Set<unknown>();
  return ids.find((id) => seen.size === seen.add(id).size);
}
