/** Who is asked, where each proposal is to come from another expert: the user's list, or whom the model names. */

import { shorten } from "../../util/cut.ts";
import type { Exchange } from "../algorithm.ts";
import type { Problem } from "../problem.ts";
import type { Refusal } from "../suggestion.ts";
import { defaultExperts, expertsInstructions } from "./prompt-text.ts";
import { type Asking, answerTool, askedAside } from "./question.ts";

/** The experts, and what it took to have them named. */
export interface Experts {
  readonly names: readonly string[];
  readonly exchanges: readonly Exchange[];
  /** Why the model's answer was not taken, and general experts were. */
  readonly refused: readonly Refusal[];
}

/** Asks the model once for `count` experts for this problem. An answer that names none gives general ones. */
export async function namedExperts(problem: Problem, count: number, asking: Asking): Promise<Experts> {
  const tool = answerTool("name_experts", "Names the experts to ask.", {
    experts: { type: "array", items: { type: "string" }, description: "A sentence for each expert." },
  });
  const asked = { problem, rounds: [], instructions: expertsInstructions(count), tool };
  const { answer, problem: reason, exchanges } = await askedAside(asked, asking);
  const given: readonly unknown[] = Array.isArray(answer?.["experts"]) ? (answer["experts"] as unknown[]) : [];
  const names = given.filter((one): one is string => typeof one === "string" && one.trim() !== "");
  if (names.length > 0) return { names: names.slice(0, count).map((one) => shorten(one, 500)), exchanges, refused: [] };
  const why = answer === undefined ? reason : "It names nobody.";
  return {
    names: defaultExperts,
    exchanges,
    refused: [{ name: undefined, reason: `The model named no experts, so general ones were asked. ${why}` }],
  };
}
