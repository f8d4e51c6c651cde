/** The experts to ask when each proposal comes from a different one: the user's list, or those that the model names. */

import type { ModelReply } from "../../llm/llm.ts";
import { shorten } from "../../util/cut.ts";
import type { Exchange } from "../algorithm.ts";
import type { Problem } from "../problem.ts";
import { answerTool, readFields, refusal, refuse } from "../prompt/answer.ts";
import { accept, type ReplyReading } from "../prompt/ask.ts";
import type { Refusal } from "../suggestion.ts";
import { defaultExperts, expertsInstructions, expertsTool } from "./prompt-text.ts";
import { askAside, type SideCall } from "./question.ts";

/** The experts, and what it took to have the model name them. */
export interface Experts {
  readonly names: readonly string[];
  readonly exchanges: readonly Exchange[];
  /** Why the model's answer was refused, so that general experts are asked instead. */
  readonly refused: readonly Refusal[];
}

const tool = answerTool(expertsTool, "Names the experts to ask.", {
  experts: { type: "array", items: { type: "string" }, description: "A sentence for each expert." },
});

/** Asks the model once for `count` experts for this problem. When it names none, general ones are asked. */
export async function nameExperts(problem: Problem, count: number, call: SideCall): Promise<Experts> {
  const question = { problem, rounds: [], instructions: expertsInstructions(count), tool };
  const { value, refused, exchanges } = await askAside(question, readExperts, call);
  if (value !== undefined) return { names: value.slice(0, count), exchanges, refused: [] };
  const reason = `The model named no experts, so general ones were asked. ${refused[0]?.reason}`;
  return { names: defaultExperts, exchanges, refused: [refusal(reason)] };
}

const maxExpertLength = 500;

function readExperts(reply: ModelReply): ReplyReading<readonly string[]> {
  const { value: fields, refused } = readFields(reply, "experts");
  if (fields === undefined) return { value: undefined, refused };
  const { experts } = fields as { readonly experts?: unknown };
  const items: readonly unknown[] = Array.isArray(experts) ? experts : [];
  const names = items.filter((one): one is string => typeof one === "string" && one.trim() !== "");
  return names.length === 0 ? refuse("It names nobody.") : accept(names.map((name) => shorten(name, maxExpertLength)));
}
