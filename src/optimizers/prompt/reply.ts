/**
 * The reply format: the tool that a model is asked to call, and the reader of what it answered. One value, so they
 * cannot drift.
 */

import type { ModelReply, ReplyTool } from "../../llm/llm.ts";
import type { Problem, Variable } from "../problem.ts";
import { droppedField, type Refusal, type Suggestion } from "../suggestion.ts";
import { type AnswerForm, answerOrder, readAnswer } from "./answer.ts";
import { convertValues } from "./convert.ts";
import { type MatchedNames, matchNames, variableNamed } from "./names.ts";
import { type AnswerFields, answersIn } from "./unwrap.ts";

/** A way to ask for a suggestion, and to read it. */
export interface ReplyFormat {
  /** What it is called in the settings that a run records. Default: `custom`. */
  readonly name?: string;
  /** How the model is to answer, for those that answer in text. */
  instructions(problem: Problem): string;
  /** The tool that it is asked to call, for those that have tools; undefined asks for text only. */
  tool(problem: Problem): ReplyTool | undefined;
  /**
   * Reads the answer to `problem`. What has one meaning is taken, whatever surrounds it; an answer that is cut, or that
   * could mean two things, is refused, never salvaged.
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
      answerOrder("propose_update"),
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

  read(reply, problem) {
    const { value, refused } = readAnswer(reply, [wrappedForm, bareForm(problem)]);
    return value === undefined ? (refused[0] as Refusal) : suggestionOf(value, problem);
  },
};

/** The answer in the form that is asked for. */
const wrappedForm: AnswerForm = {
  key: "suggestion",
  missing: 'The answer has no object "suggestion".',
  read(fields) {
    const { reasoning, suggestion } = fields;
    if (!Object.hasOwn(fields, "suggestion")) return undefined;
    if (suggestion === null) return { reasoning, suggestion: {} };
    const [object, ...others] = answersIn(suggestion, (inner) => inner);
    const isOne = object !== undefined && others.length === 0;
    return isOne ? { reasoning, suggestion: object } : 'The answer has no object "suggestion" with new values by name.';
  },
};

/** Values by the names of variables, with nothing around them but the reasoning. */
function bareForm({ variables }: Problem): AnswerForm {
  return {
    key: undefined,
    missing: wrappedForm.missing,
    read({ reasoning, ...values }, alone) {
      const entries = Object.entries(values);
      const isAnswer = entries.every(([name, value]) => variableNamed(name, value, variables) !== undefined);
      const stands = alone || typeof reasoning === "string";
      return isAnswer && entries.length > 0 && stands ? { reasoning, suggestion: values } : undefined;
    },
  };
}

function suggestionOf({ reasoning, suggestion }: AnswerFields, problem: Problem): Suggestion | Refusal {
  const given = new Map(Object.entries(suggestion as AnswerFields));
  const matched = matchNames(given, problem);
  if ("reason" in matched) return matched;
  const { values, dropped } = matched;
  return suggest({ given, values, dropped }, typeof reasoning === "string" ? reasoning : "", problem);
}

/** The values of an answer, by the names that it gave and by those of the variables that it means. */
export interface GivenValues extends MatchedNames<unknown> {
  readonly given: ReadonlyMap<string, unknown>;
}

/**
 * The suggestion of an answer. Where it changes nothing and names only what is no variable, it is about these names, and
 * the checks refuse it for them; else they are left out.
 */
export function suggest(answer: GivenValues, reasoning: string, problem: Problem): Suggestion {
  const { given, dropped } = answer;
  const values = convertValues(answer.values, problem);
  if (values.size > 0 || dropped.length === 0) return { values, reasoning, ...droppedField(dropped) };
  return { values: new Map(dropped.map(({ name = "" }) => [name, given.get(name)])), reasoning };
}
