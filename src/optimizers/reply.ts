/** The reply format: the tool that a model is asked to call, and the reader of what it answered. One value, so they cannot drift. */

import type { ModelReply, ReplyTool } from "../llm/llm.ts";
import { onlyJsonObject } from "../util/json.ts";
import { repeatedKeyIn } from "../util/repeated-key.ts";
import type { Problem, Variable } from "./problem.ts";
import type { Refusal, Suggestion } from "./suggestion.ts";

/** A way to ask for a suggestion, and to read it. */
export interface ReplyFormat {
  /** What the model is told about its answer, for those that answer in text. */
  instructions(problem: Problem): string;
  /** The tool that it is asked to call, for those that have tools; undefined asks for text only. */
  tool(problem: Problem): ReplyTool | undefined;
  /** Reads the answer. Strict: an answer that is cut, ambiguous or of another shape is refused, never salvaged. */
  read(reply: ModelReply): Suggestion | Refusal;
}

const jsonTypes = {
  text: { type: "string" },
  code: { type: "string" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  json: {},
  image: {},
} as const;

function schemaOf({ parameter }: Variable): Record<string, unknown> {
  const what =
    parameter.code === undefined
      ? `The new value of ${parameter.name}.`
      : "The whole new source text, helpers included.";
  return {
    ...jsonTypes[parameter.kind],
    description: parameter.constraint === undefined ? what : `${what} ${parameter.constraint}`,
  };
}

/** JSON with the fields `reasoning` and `suggestion`, by a tool call where the model has tools, else in the text. */
export const jsonReply: ReplyFormat = {
  instructions: ({ variables }) =>
    [
      "Answer with one JSON object and nothing else:",
      '{"reasoning": "<why the feedback was what it was, and what change follows>", "suggestion": {"<variable>": <new value>}}',
      `The names in "suggestion" are of: ${variables.map((variable) => variable.name).join(", ")}. Name only those that you change. ` +
        "Each value is the whole new value, of the same type; source text is given as a string.",
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
    if (reply.stopReason === "length")
      return refuse("The reply was cut at the token limit, so it was not used. Answer more briefly.");
    if (reply.stopReason === "refusal") return refuse("The model refused to answer.");
    if (reply.toolInput === undefined && reply.text.trim() === "") return refuse("The reply was empty.");
    if (reply.toolInput !== undefined) return readAnswer(reply.toolInput);
    if (reply.text.length > longestReply) {
      return refuse(`The reply has ${reply.text.length} characters; the most is ${longestReply}. Answer more briefly.`);
    }
    const answer = onlyJsonObject(reply.text);
    if (answer === undefined) return refuse("The reply has no JSON object, or several. Answer with exactly one.");
    const repeated = repeatedKeyIn(reply.text);
    if (repeated !== undefined) return refuse(`The JSON gives "${repeated}" twice.`);
    return readAnswer(answer);
  },
};

/** The longest reply in text that is looked through, in characters: far more than a model writes. */
const longestReply = 1_000_000;

function refuse(reason: string): Refusal {
  return { name: undefined, reason };
}

function readAnswer(answer: unknown): Suggestion | Refusal {
  if (!isRecord(answer)) return refuse('The answer is not a JSON object with "reasoning" and "suggestion".');
  const { reasoning, suggestion } = answer as { reasoning?: unknown; suggestion?: unknown };
  if (!isRecord(suggestion)) return refuse('The answer has no object "suggestion".');
  const values = new Map(Object.entries(suggestion));
  const unsafe = ["__proto__", "constructor", "prototype"].find((name) => values.has(name));
  if (unsafe !== undefined) return refuse(`"${unsafe}" is no variable.`);
  return { values, reasoning: typeof reasoning === "string" ? reasoning : "" };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
