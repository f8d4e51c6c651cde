/** The question that asks for a refused answer again: its form, the answer and why it was refused; not the whole prompt. */

import type { Message, ModelReply } from "../../llm/llm.ts";
import { cutToShare } from "../../util/cut.ts";
import type { Problem, Variable } from "../problem.ts";
import type { Refusal } from "../suggestion.ts";
import { answerText, maxAnswerLength, secondTurn } from "./ask.ts";
import { imageText } from "./images.ts";
import type { ReplyFormat } from "./reply.ts";
import { fenced, joinSections, valueText, variableLines } from "./text.ts";

/** A reply and why it was refused. */
interface RefusedReply {
  readonly reply: ModelReply;
  readonly refused: readonly Refusal[];
}

/**
 * The messages that ask again; undefined for an answer that is too long to be shown whole: from a part of it no model
 * can make a right one.
 */
export function correctionOf(
  { reply, refused }: RefusedReply,
  problem: Problem,
  format: ReplyFormat,
): readonly Message[] | undefined {
  if (answerText(reply).length > maxAnswerLength) return undefined;
  const named = problem.variables.filter(({ name }) => refused.some((one) => one.name === name));
  const content = joinSections([
    ["Variables", variableTexts(named.length === 0 ? problem.variables : named)],
    ["Your answer", format.instructions(problem)],
  ]);
  return [{ role: "user", content: `${opening}\n\n${content}` }, ...secondTurn(reply, refused)];
}

const opening =
  "You were asked for new values of variables, by feedback on what a program did with them. Your answer has to be " +
  "corrected; what it was made from is not repeated here.";

/** How many characters of the present values are shown, all together. */
const maxValuesLength = 8_000;

function variableTexts(variables: readonly Variable[]): readonly string[] {
  const values = variables.map(({ value }) => imageText(value, new Map()) ?? valueText(value));
  const texts = cutToShare(values, maxValuesLength);
  const types = new Set<string>();
  return variables.map((variable, at) => [...variableLines(variable, types), fenced(texts[at] as string)].join("\n"));
}
