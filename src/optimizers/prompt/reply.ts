/**
 * The reply format: the tool that a model is asked to call, and the reader of what it answered. One value, so they
 * cannot drift.
 */

import type { ModelReply, ReplyTool } from "../../llm/llm.ts";
import { isRecord } from "../../util/is-record.ts";
import type { Problem, Variable } from "../problem.ts";
import type { Refusal, Suggestion } from "../suggestion.ts";
import { readJson, refusal, unusableReply } from "./answer.ts";

/** A way to ask for a suggestion, and to read it. */
export interface ReplyFormat {
  /** What it is called in the settings that a run records. Default: `custom`. */
  readonly name?: string;
  /** How the model is to answer, for those that answer in text. */
  instructions(problem: Problem): string;
  /** The tool that it is asked to call, for those that have tools; undefined asks for text only. */
  tool(problem: Problem): ReplyTool | undefined;
  /**
   * Reads the answer to `problem`. Strict: an answer that is cut, ambiguous or of another shape is refused, never
   * salvaged.
   */
  read(reply: ModelReply, problem: Problem): Suggestion | Refusal;
}

const jsonTypes = {
  text: { type: "string" },
  code: { type: "string" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  json: {},
  image: { type: "object" },
} as const;

function schemaOf({ parameter }: Variable): Record<string, unknown> {
  const what =
    parameter.kind === "code"
      ? "The whole new source text, helpers included."
      : parameter.kind === "image"
        ? 'The new image: {"type": "image", "mediaType": "image/png", "data": "<base64>"}.'
        : `The new value of ${parameter.name}.`;
  return {
    ...jsonTypes[parameter.kind],
    description: parameter.constraint === undefined ? what : `${what} ${parameter.constraint}`,
  };
}

/** JSON with the fields `reasoning` and `suggestion`, by a tool call where the model has tools, else in the text. */
export const jsonReply: ReplyFormat = {
  name: "json",

  instructions: ({ variables }) =>
    [
      "Answer with one JSON object and nothing else:",
      '{"reasoning": "<why the feedback was what it was, and what change follows>", ' +
        '"suggestion": {"<variable>": <new value>}}',
      `The names in "suggestion" are of: ${variables.map((variable) => variable.name).join(", ")}. ` +
        "Name only those that you change. Each value is the whole new value, of the same type; source text is " +
        "given as a string.",
    ].join("\n"),

  tool: ({ variables }) => ({
    name: "propose_update",
    description: "Proposes new values for some of the variables.",
    inputSchema: {
      type: "object",
      properties: {
        reasoning: { type: "string", description: "Why the feedback was what it was, and what change follows." },
        suggestion: {
          type: "object",
          description: "New values by variable name, for the variables to change only.",
          properties: Object.fromEntries(variables.map((variable) => [variable.name, schemaOf(variable)])),
          additionalProperties: false,
        },
      },
      required: ["reasoning", "suggestion"],
      additionalProperties: false,
    },
  }),

  read(reply) {
    const unusable = unusableReply(reply);
    if (unusable !== undefined) return refusal(unusable);
    const { value, refused } = readJson(reply);
    return refused[0] ?? suggestionIn(value);
  },
};

function suggestionIn(answer: unknown): Suggestion | Refusal {
  if (!isRecord(answer)) return refusal('The answer is not a JSON object with "reasoning" and "suggestion".');
  const { reasoning, suggestion } = answer as { reasoning?: unknown; suggestion?: unknown };
  if (!isRecord(suggestion)) return refusal('The answer has no object "suggestion".');
  const values = new Map(Object.entries(suggestion));
  const unsafe = ["__proto__", "constructor", "prototype"].find((name) => values.has(name));
  if (unsafe !== undefined) return refusal(`"${unsafe}" is no variable.`);
  return { values, reasoning: typeof reasoning === "string" ? reasoning : "" };
}
