/** What the curator makes of a reflection: operations on the playbook, their tool and their reader. */

import type { ModelReply, ReplyTool } from "../../llm/llm.ts";
import type { ParameterUpdate } from "../../nodes/commit.ts";
import type { Problem } from "../problem.ts";
import { readFields, refuse, refuseFor } from "../prompt/answer.ts";
import type { ReplyReading } from "../prompt/ask.ts";
import { fit } from "../suggestion.ts";
import type { Bullet, Playbook, PlaybookLimits } from "./bullets.ts";
import { applyDelta, type PlaybookOperation } from "./delta.ts";
import { curatorToolName } from "./prompt-text.ts";

/** The playbook to curate. */
export interface CurationTask {
  /** The problem whose one variable holds the playbook. */
  readonly problem: Problem;
  /** The playbook with the counts that the reflection gave it. */
  readonly tagged: Playbook;
  readonly limits: PlaybookLimits;
}

/** The operations of a curator, applied. */
export interface Curation {
  /** The new value of the playbook; empty when nothing changes. */
  readonly updates: readonly ParameterUpdate[];
  readonly reasoning: string;
  /** The bullets that were dropped for lack of space. */
  readonly dropped: readonly Bullet[];
}

/** The most operations of one answer: more would be a rewrite of the playbook, which the curator should avoid. */
const maxOperations = 100;

/** The tool by which operations are answered. */
export function curationTool({ sections }: PlaybookLimits): ReplyTool {
  const text = (description: string) => ({ type: "string", description });
  return {
    name: curatorToolName,
    description: "Changes the playbook by operations: all of them are made, or none.",
    inputSchema: {
      type: "object",
      properties: {
        reasoning: text("Why these operations."),
        operations: {
          type: "array",
          items: {
            type: "object",
            properties: {
              type: { type: "string", enum: ["ADD", "UPDATE", "MERGE", "DELETE"] },
              id: text("UPDATE, DELETE: the bullet."),
              ids: { type: "array", items: { type: "string" }, description: "MERGE: two or more bullets." },
              section: {
                type: "string",
                enum: sections,
                description: "ADD: where it stands. UPDATE, MERGE: where it moves to.",
              },
              text: text("ADD, UPDATE, MERGE: the advice."),
            },
            required: ["type"],
            additionalProperties: false,
          },
        },
      },
      required: ["reasoning", "operations"],
      additionalProperties: false,
    },
  };
}

/** Reads operations, applies them, and checks that the playbook after them fits its parameter. */
export async function readCuration(
  reply: ModelReply,
  { problem, tagged, limits }: CurationTask,
): Promise<ReplyReading<Curation>> {
  const { value: fields, refused: unreadable } = readFields(reply, "operations");
  if (fields === undefined) return { value: undefined, refused: unreadable };
  const { reasoning: text, operations } = fields;
  if (!Array.isArray(operations)) return refuse('The answer has no list "operations".');
  if (operations.length > maxOperations) {
    return refuse(`There are ${operations.length} operations; the most is ${maxOperations}.`);
  }
  const tag = operations.findIndex((operation: { readonly type?: unknown } | null) => operation?.type === "TAG");
  if (tag >= 0) return refuse(`operations[${tag}]: The bullets have been tagged already.`);
  const delta = applyDelta(tagged, operations as readonly PlaybookOperation[], limits);
  if (delta.refused.length > 0) {
    return refuseFor(delta.refused.map(({ index, reason }) => `operations[${index}]: ${reason}`));
  }
  const reasoning = typeof text === "string" ? text : "";
  const values = new Map(problem.variables.map(({ name }) => [name, delta.playbook]));
  const { updates, refused } = await fit({ values, reasoning }, problem);
  return { value: { updates, reasoning, dropped: delta.dropped }, refused };
}
