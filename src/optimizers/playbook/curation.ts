/**
 * What the curator makes of a reflection: operations on the playbook, how they are asked for, and what they come to.
 */

import type { ReplyTool } from "../../llm/llm.ts";
import type { Variable } from "../problem.ts";
import type { ReplyFormat } from "../prompt/reply.ts";
import { answerIn, refuseFor } from "./answer.ts";
import type { Playbook, PlaybookLimits } from "./bullets.ts";
import { applyDelta, type DeltaResult } from "./delta.ts";
import type { PlaybookOperation } from "./operations.ts";
import { curatorInstructions } from "./prompt-text.ts";

/** The playbook that is curated. */
export interface Curated {
  /** The parameter that holds it, as a variable of the problem. */
  readonly variable: Variable;
  /** The playbook with the counts that the reflection gave it. */
  readonly tagged: Playbook;
  readonly limits: PlaybookLimits;
}

/** The most operations of one answer: more is a rewrite of the playbook, which the curator is to avoid. */
const mostOperations = 100;

function toolFor({ sections }: PlaybookLimits): ReplyTool {
  const text = (description: string) => ({ type: "string", description });
  return {
    name: "curate_playbook",
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

/** Asks for operations; the playbook after them is what is suggested. Hands each good result to `take`. */
export function curationFormat(curated: Curated, take: (result: DeltaResult) => void): ReplyFormat {
  const { variable, tagged, limits } = curated;
  const tool = toolFor(limits);
  return {
    instructions: () => curatorInstructions,
    tool: () => tool,
    read(reply) {
      const answer = answerIn(reply);
      if ("refusal" in answer) return answer.refusal;
      const { reasoning, operations } = answer.fields;
      if (!Array.isArray(operations)) return refuseFor(['The answer has no list "operations".']);
      if (operations.length > mostOperations) {
        return refuseFor([`There are ${operations.length} operations; the most is ${mostOperations}.`]);
      }
      const counting = operations.findIndex(
        (operation: { readonly type?: unknown } | null) => operation?.type === "TAG",
      );
      if (counting >= 0) return refuseFor([`operations[${counting}]: The bullets have been tagged already.`]);
      const result = applyDelta(tagged, operations as readonly PlaybookOperation[], limits);
      if (result.refused.length > 0) {
        return refuseFor(result.refused.map(({ index, reason }) => `operations[${index}]: ${reason}`));
      }
      take(result);
      return {
        values: new Map([[variable.name, result.playbook]]),
        reasoning: typeof reasoning === "string" ? reasoning : "",
      };
    },
  };
}
