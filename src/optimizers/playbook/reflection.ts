/** What the reflector finds out about a run: how it is asked for, read and written down. */

import type { ReplyTool } from "../../llm/llm.ts";
import { shorten } from "../../util/cut.ts";
import { preview } from "../../util/preview.ts";
import type { ReplyFormat } from "../prompt/reply.ts";
import { answerIn, refuseFor } from "./answer.ts";
import type { Playbook, PlaybookLimits } from "./bullets.ts";
import { applyDelta } from "./delta.ts";
import type { PlaybookOperation } from "./operations.ts";
import { reflectorInstructions } from "./prompt-text.ts";

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

/** The longest field of a reflection that is kept, in characters. */
const longestField = 3_000;

const titles = ["Reasoning", "Error", "Root cause", "Correct approach", "Key insight"];

/** A reflection as text; fields that say nothing are left out. */
export function reflectionText({ texts }: Reflection): string {
  const lines = texts.map((text, index) => (text === "" ? "" : `${titles[index]}: ${text}`));
  return lines.filter((line) => line !== "").join("\n");
}

const tool: ReplyTool = {
  name: "reflect",
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

/**
 * Asks for a reflection, and hands each good one to `take`. It suggests no values: what to change is the curator's
 * part.
 */
export function reflectionFormat(
  book: Playbook,
  limits: PlaybookLimits,
  take: (reflection: Reflection) => void,
): ReplyFormat {
  return {
    instructions: () => reflectorInstructions,
    tool: () => tool,
    read(reply) {
      const answer = answerIn(reply);
      if ("refusal" in answer) return answer.refusal;
      const read = readReflection(answer.fields, book, limits);
      if (Array.isArray(read)) return refuseFor(read);
      take(read as Reflection);
      return { values: new Map(), reasoning: reflectionText(read as Reflection) };
    },
  };
}

/** The reflection, or the reasons why it is none. */
function readReflection(
  fields: Readonly<Record<string, unknown>>,
  book: Playbook,
  limits: PlaybookLimits,
): Reflection | readonly string[] {
  const names = Object.keys(reflectionFields);
  const wrong = names.find((name) => fields[name] !== undefined && typeof fields[name] !== "string");
  if (wrong !== undefined) return [`"${wrong}" is a text; got ${preview(fields[wrong], 80)}.`];
  if (typeof fields["keyInsight"] !== "string") return ['The answer has no "keyInsight".'];
  const { bulletTags = [] } = fields;
  if (!Array.isArray(bulletTags)) return ['"bulletTags" is a list of { "id", "tag" }.'];
  if (bulletTags.length > book.bullets.length) {
    return [`There are ${bulletTags.length} tags for ${book.bullets.length} bullets. Tag each bullet at most once.`];
  }
  const repeated = repeatedIn(bulletTags.map((tag: { readonly id?: unknown } | null) => tag?.id));
  if (repeated !== undefined) return [`The bullet ${preview(repeated, 80)} is tagged twice.`];
  const operations = bulletTags.map((given: unknown) => {
    const { id, tag } = (given ?? {}) as { readonly id?: unknown; readonly tag?: unknown };
    return { type: "TAG", id, tag } as PlaybookOperation;
  });
  const { playbook, refused } = applyDelta(book, operations, limits);
  if (refused.length > 0) return refused.map(({ index, reason }) => `bulletTags[${index}]: ${reason}`);
  const texts = names.map((name) => shorten(((fields[name] as string | undefined) ?? "").trim(), longestField));
  return { texts, tagged: playbook };
}

function repeatedIn(ids: readonly unknown[]): unknown {
  const seen = new Set<unknown>();
  return ids.find((id) => seen.size === seen.add(id).size);
}
